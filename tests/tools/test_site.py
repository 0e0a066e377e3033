"""The documentation's site builds without a broken link, and its pages load nothing from another host."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOADED = re.compile(
    r"<(?:script|img|iframe)[^>]*\ssrc=[\"']?([^\"'\s>]+)|<link[^>]*rel=[\"']?(?:stylesheet|preload|icon)[^>]*href=[\"']?([^\"'\s>]+)"
)


def mkdocs(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("mkdocs"), "build", "--site-dir", folder, *arguments]
    variables = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = mkdocs(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_built(site: Path):
    """Pages outside of the navigation are warnings, and warnings fail the build; this catches an empty build."""
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    built = {path.relative_to(site) for path in site.rglob("*.html")}
    assert {path.with_name("index.html") if path.stem == "README" else path for path in pages} <= built


def test_pages_load_nothing_from_another_host(site: Path):
    loaded = {
        link for page in site.rglob("*.html") for pair in LOADED.findall(page.read_text()) for link in pair if link
    }
    assert any(link.endswith("mermaid.min.js") for link in loaded)
    assert not {link for link in loaded if "//" in link}


def test_linked_repository_files_are_in_the_site(site: Path):
    assert (site / "repository" / "deploy" / "haproxy.cfg.txt").read_text() == (
        ROOT / "deploy" / "haproxy.cfg"
    ).read_text()
    assert "openrooms.toml" in (site / "repository" / "deploy" / "systemd" / "index.html").read_text()
