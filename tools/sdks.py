"""Install Azure's published SDKs for the tests: one environment for each folder of pins in `tests/sdks`.

python tools/sdks.py        install what is missing
python tools/sdks.py lock   write anew which jars Maven gives (the other pins are written by `make lock` itself)
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

PINS = Path(__file__).parents[1] / "tests" / "sdks"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "openrooms" / "sdks"


class Environment:
    """Packages of one language as `pins` says, in a folder of the user's cache that is named for their content."""

    language: str
    shared: tuple[Path, ...] = ()
    """Pins beside those in the folder."""

    def __init__(self, pins: Path) -> None:
        self.pins = pins
        self.name = pins.name

    @cached_property
    def folder(self) -> Path:
        """The folder of the installation; it depends on the pins and on the way to install them."""
        digest = hashlib.sha256()
        for path in (Path(__file__), *sorted(self.pins.iterdir()), *self.shared):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return CACHE / f"{self.language}-{self.name}-{digest.hexdigest()[:16]}"

    def install(self) -> None:
        """Install it completely or not at all, unless it is there already."""
        if self.folder.exists():
            return
        print(f"installing {self.language} {self.name}", flush=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
            made = Path(temporary) / "environment"
            self.fill(made)
            try:
                made.rename(self.folder)
            except OSError:
                # Another run was faster.
                if not self.folder.exists():
                    raise

    def fill(self, folder: Path) -> None:
        """Install the packages into a new folder; raise an error unless they are the pinned ones."""
        raise NotImplementedError


class Python(Environment):
    language = "python"
    shared = (PINS / "python" / "dependencies.txt",)

    @cached_property
    def folder(self) -> Path:
        # One for each interpreter, since the environment contains its path.
        interpreter = hashlib.sha256(f"{sys.version}{sys.base_prefix}".encode()).hexdigest()
        return super().folder.with_name(f"{super().folder.name}-{interpreter[:8]}")

    def fill(self, folder: Path) -> None:
        uv = Path(sys.executable).with_name("uv")
        _run(uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, folder)
        install = (uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python", "--require-hashes")
        _run(*install, "-r", self.pins / "requirements.txt", *(f"--requirements={path}" for path in self.shared))


class Suites(Environment):
    """The source distributions of Azure's Python packages, which have their tests."""

    language = "suites"

    def fill(self, folder: Path) -> None:
        fetch = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:")
        _run(*fetch, "--require-hashes", "-r", self.pins / "requirements.txt", "--dest", folder)


class JavaScript(Environment):
    language = "javascript"

    def fill(self, folder: Path) -> None:
        shutil.copytree(self.pins, folder)
        _run("npm", "ci", "--no-fund", "--no-audit", "--ignore-scripts", folder=folder)


class Java(Environment):
    language = "java"

    def fill(self, folder: Path) -> None:
        self.copy_jars(folder)
        if self.lock.read_text() != checksums(folder):
            raise SystemExit(f"{self.name}: Maven gave other jars than {self.lock} names; make lock writes it anew")

    @property
    def lock(self) -> Path:
        """Names the SHA-256 of each jar, since Maven itself has no lock."""
        return self.pins / "jars.sha256"

    def copy_jars(self, folder: Path) -> None:
        """Let Maven copy all direct and indirect dependencies of the pom into a folder."""
        quiet = ("mvn", "--quiet", "--batch-mode", "--strict-checksums", "--file", self.pins / "pom.xml")
        _run(*quiet, "dependency:copy-dependencies", f"-DoutputDirectory={folder}")


LANGUAGES = (Python, JavaScript, Java)
SUITES = Suites(PINS / "python" / "rooms-1.2.0-identity-1.5.0")
ENVIRONMENTS: list[Environment] = [
    language(pins) for language in LANGUAGES for pins in sorted((PINS / language.language).glob("*/")) if pins.is_dir()
]


def checksums(folder: Path) -> str:
    """Return a line for each file of a folder, as `sha256sum` writes it."""
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())
    )


def _run(*command: str | Path, folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def install(environments: Iterable[Environment]) -> None:
    """Install one after the other: two Mavens at once would corrupt their shared repository."""
    for environment in environments:
        environment.install()


def lock(environments: Iterable[Environment]) -> None:
    """Write the checksums of every stack's jars."""
    for environment in environments:
        if isinstance(environment, Java):
            with tempfile.TemporaryDirectory() as folder:
                environment.copy_jars(Path(folder))
                environment.lock.write_text(checksums(Path(folder)))


def main(arguments: list[str], environments: Sequence[Environment]) -> None:
    """Install or lock; raise `SystemExit` with the failed program's output."""
    if arguments == ["lock"]:
        lock(environments)
        return
    with ThreadPoolExecutor() as pool:
        languages = {each.language for each in environments}
        of_each = ([each for each in environments if each.language == language] for language in languages)
        list(pool.map(install, of_each))


if __name__ == "__main__":
    main(sys.argv[1:], (*ENVIRONMENTS, SUITES))
