"""The source distribution and the wheel made from it: what people install."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from tests.support.service import Process, environment, running

ROOT = Path(__file__).parents[2]
FLAGS = ("--https-port", "off", "--http-port", 0, "--livekit", "off")
CALLING_VERSION = json.loads((ROOT / "web" / "calling" / "package.json").read_text())["version"]
USE_CALLING = """
import { CallClient, Features, LocalVideoStream } from "@azure/communication-calling";
const agent = await new CallClient().createCallAgent({ getToken: async () => ({ token: "" }), dispose() {} });
console.log(agent.kind, typeof Features.RaiseHand, typeof LocalVideoStream, typeof document);
"""
NOT_COPIED = (".git", ".venv", "node_modules", "dist", "build", "bench", ".*_cache", "__pycache__")


def build(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    # The backend is in our requirements, so nothing has to be fetched for it.
    command = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        "--outdir",
        str(folder / "dist"),
        *arguments,
        str(folder),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with its built pages, so that nothing is written into the tree."""
    folder = tmp_path_factory.mktemp("sources") / "openrooms"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    # Hatchling reads the paths that git leaves out, as in a clone.
    assert (folder / ".gitignore").exists()
    return folder


@pytest.fixture(scope="module")
def installed(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the wheel that was built from the source distribution is installed."""
    done = build(sources)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = (sources / "dist").glob("*.whl")
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder)]
    subprocess.run([*command, str(wheel)], check=True)
    return folder


def test_wheel_has_the_pages_and_no_other_files(installed: Path, sources: Path) -> None:
    [wheel] = (sources / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "openrooms",
        *(n.split("/")[0] for n in names if "dist-info" in n),
    }
    built = ROOT / "src" / "openrooms" / "server" / "web" / "static"
    wanted = {str(path.relative_to(ROOT / "src")) for path in built.rglob("*") if path.is_file()}
    assert wanted <= set(names)


def test_installed_service_shows_the_console(installed: Path, tmp_path: Path) -> None:
    variables = {"PYTHONPATH": str(installed), "PATH": os.environ["PATH"]}
    where = subprocess.run(
        [sys.executable, "-c", "import openrooms; print(openrooms.__file__)"],
        env=variables,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(installed))
    with running("dev", *FLAGS, folder=tmp_path / "service", PYTHONPATH=str(installed)) as service:
        with urllib.request.urlopen(f"{service.http}/docs/README.md") as answer:
            assert b"Documentation" in answer.read()
        with urllib.request.urlopen(f"{service.http}/console") as answer:
            page = answer.read().decode()
        loaded = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page)
        assert len(loaded) >= 2
        for path in loaded:
            with urllib.request.urlopen(service.http + path) as answer:
                assert answer.status == 200


@pytest.fixture(scope="module")
def client_alone(installed: Path, sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `openrooms` of a new environment with the wheel and what `openrooms[cli]` needs, and nothing else."""
    folder = tmp_path_factory.mktemp("client") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [packages] = folder.glob("lib/*/site-packages")
    [wheel] = (sources / "dist").glob("*.whl")
    for name in _needed("openrooms", "cli"):
        for path in distribution(name).files or ():
            if ".." not in path.parts and "__pycache__" not in path.parts:
                (packages / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path.locate(), packages / path)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    return folder / "bin" / "openrooms"


def _needed(name: str, extra: str = "") -> set[str]:
    """Return the names of the distributions that this one needs, and that those need."""
    found: set[str] = set()
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            found |= {requirement.name, *_needed(requirement.name)}
    return found - {"openrooms"}


def test_commands_install_with_the_client_alone(client_alone: Path, service: Process, tmp_path: Path) -> None:
    string = f"endpoint={service.http};{service.connectionString.partition(';')[2]}"
    variables = environment(OPENROOMS_CONNECTION_STRING=string, HOME=str(tmp_path))

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [str(client_alone), *arguments]
        return subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False)

    room = run("visit", "create", "--attendee", "Pat", "-q").stdout.strip()
    assert run("rooms", "get", room, "-q").stdout.strip() == room
    assert "--state" in run("rooms", "list", "--help").stdout
    assert run("copy", "--from", "env:OPENROOMS_CONNECTION_STRING", "--to", "rooms.jsonl").returncode == 0
    assert 'Not installed: pip install "openrooms[server]"' in run("--help").stdout
    for command in (
        ("serve", "--http-port", "1"),
        ("keys", "list"),
        ("copy", "--from", "sqlite:a", "--to", "sqlite:b"),
    ):
        refused = run(*command)
        assert (refused.returncode, 'pip install "openrooms[server]"' in refused.stderr) == (1, True), refused.stderr
        assert "Traceback" not in refused.stderr


def test_npm_installs_the_calling_package_from_it(installed: Path, tmp_path: Path) -> None:
    """`npm install` takes the tarball by its address, and Node loads the package without a DOM."""
    app = tmp_path / "app"
    app.mkdir()
    with running("dev", *FLAGS, folder=tmp_path / "service", PYTHONPATH=str(installed)) as service:
        address = f"{service.http}/openrooms/calling/openrooms-calling-{CALLING_VERSION}"
        package = {"private": True, "dependencies": {"@azure/communication-calling": f"{address}.tgz"}}
        (app / "package.json").write_text(json.dumps(package))
        install = ("npm", "install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund")
        subprocess.run(install, cwd=app, check=True)
        with urllib.request.urlopen(f"{address}.js") as answer:
            assert answer.headers["content-type"] == "text/javascript"
    subprocess.run(("npm", "ls", "--all"), cwd=app, check=True, stdout=subprocess.DEVNULL)
    (app / "use.mjs").write_text(USE_CALLING)
    used = subprocess.run(("node", "use.mjs"), cwd=app, check=True, capture_output=True, text=True)
    assert used.stdout.split() == ["CallAgent", "object", "function", "undefined"]


def test_build_without_the_pages_fails(sources: Path, tmp_path: Path) -> None:
    folder = tmp_path / "openrooms"
    shutil.copytree(sources, folder, ignore=shutil.ignore_patterns("static", "dist"))
    for kind in ("--sdist", "--wheel"):
        done = build(folder, kind)
        assert done.returncode != 0
        assert "build the pages first, with `make web`" in done.stdout + done.stderr
    assert not list((folder / "dist").glob("*"))
