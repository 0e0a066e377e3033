"""Run the tests, without those of the browser, on every Python that we support and the machine has.

python3 tools/pythons.py [pytest's arguments]
"""

import json
import re
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_UV = _ROOT / ".venv" / "bin" / "uv"
_FOLDER = _ROOT / ".venv" / "pythons"
_OLDEST = (3, 11)


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 if the tests pass on all of them."""
    failed = []
    for version, interpreter in sorted(_interpreters().items()):
        name = ".".join(map(str, version))
        print(f"Python {name}: {interpreter}", flush=True)
        python = _install(name, interpreter)
        command = [python, "-m", "pytest", "--ignore", "tests/browser", *arguments]
        if subprocess.run(command, cwd=_ROOT, check=False).returncode:
            failed.append(name)
    print(f"failed on {', '.join(failed)}" if failed else "passed on all of them")
    return 1 if failed else 0


def _interpreters() -> dict[tuple[int, int], Path]:
    """Return the newest interpreter of each minor version."""
    command = [_UV, "python", "list", "--only-installed", "--output-format", "json"]
    listed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    # Version managers keep interpreters in a folder that is not on the path.
    places = [Path(known["path"]) for known in listed] + list(Path.home().glob(".pyenv/versions/*/bin/python"))
    found: dict[tuple[int, int], tuple[tuple[int, ...], Path]] = {}
    for path in places:
        version = _version(path)
        if version[:2] >= _OLDEST:
            minor = (version[0], version[1])
            found[minor] = max(found.get(minor, ((), path)), (version, path))
    return {minor: path for minor, (_, path) in found.items()}


def _version(path: Path) -> tuple[int, ...]:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.fullmatch(r"Python (\d+)\.(\d+)\.(\d+)\n", said)
    return tuple(map(int, numbers.groups())) if numbers else (0,)


def _install(name: str, interpreter: Path) -> Path:
    """Return the Python of an environment with all requirements of the tests."""
    folder = _FOLDER / name
    python = folder / "bin" / "python"
    if not python.exists():
        # With pip, which tests start.
        subprocess.run([interpreter, "-m", "venv", folder], check=True)
    install = [_UV, "pip", "install", "--quiet", "--python", python]
    locked = _ROOT / "requirements" / "dev.txt"
    subprocess.run([*install, "--require-hashes", "-r", locked], check=True)
    subprocess.run([*install, "--no-deps", "--no-build-isolation", "--editable", _ROOT], check=True)
    subprocess.run([python, _ROOT / "tools" / "sdks.py"], check=True)
    return python


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
