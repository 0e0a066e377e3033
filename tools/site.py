"""A hook of mkdocs that copies files from outside docs/ that pages need into the site.

Pages link to files of the repository (`../../deploy/haproxy.cfg`). The site has copies of those below `repository/`; a
folder becomes a page that lists its files. Mermaid, which draws diagrams, comes from `web/node_modules`, so that the
site loads nothing from another host.
"""

import posixpath
import re
import subprocess
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

_ROOT = Path(__file__).parents[1]
_FOLDER = "repository"
_LINK = re.compile(r"(?<=\]\()(\.\./[^)#\s]+)")
_ANY_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)[^)#\s]+")
_MERMAID = _ROOT / "web" / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files that pages link to, and Mermaid."""
    if not _MERMAID.is_file():
        raise PluginError("web/node_modules has no Mermaid: build the site with `make site`")
    files.append(File.generated(config, "assets/mermaid.min.js", abs_src_path=str(_MERMAID)))
    linked = {path for file in files.documentation_pages() for path in _outside(file.src_uri, file.content_string)}
    for path in sorted(linked):
        _add(path, files, config)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links that leave docs/ at the copies in the site."""
    folder = posixpath.dirname(page.file.src_uri)

    def point(link: re.Match[str]) -> str:
        path = _repository_path(page.file.src_uri, link[1])
        if path is None:
            return link[1]
        return posixpath.relpath(_site_path(path), folder or ".")

    return _LINK.sub(point, markdown)


def _outside(page: str, markdown: str) -> list[str]:
    paths = (_repository_path(page, link) for link in _LINK.findall(markdown))
    return [path for path in paths if path is not None]


def _repository_path(page: str, link: str) -> str | None:
    """Return the path, from the repository's root, of a link that leaves docs/; `None` if it stays inside."""
    path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), link))
    return None if path.startswith(("docs/", "..")) else path


def _site_path(path: str) -> str:
    if (_ROOT / path).is_dir():
        return f"{_FOLDER}/{path}/index.md"
    # Markdown becomes a page, all other files are shown as text.
    return f"{_FOLDER}/{path}" if path.endswith(".md") else f"{_FOLDER}/{path}.txt"


def _add(path: str, files: Files, config: MkDocsConfig) -> None:
    """Add a file or a folder, and the files that it links to."""
    source = _ROOT / path
    target = _site_path(path)
    if files.get_file_from_path(target) is not None:
        return
    if source.is_dir():
        _add_page(target, _listing(path), files, config)
        for name in _tracked(path):
            _add(name, files, config)
    elif path.endswith(".md"):
        text = source.read_text(encoding="utf-8")
        _add_page(target, _pointed(path, text), files, config)
        for link in _ANY_LINK.findall(text):
            linked = _resolve(path, link)
            if not linked.startswith("docs/"):
                _add(linked, files, config)
    else:
        files.append(File.generated(config, target, abs_src_path=str(source)))


def _add_page(target: str, markdown: str, files: Files, config: MkDocsConfig) -> None:
    files.append(File.generated(config, target, content=markdown, inclusion=InclusionLevel.NOT_IN_NAV))


def _listing(folder: str) -> str:
    links = (f"- [`{name}`]({posixpath.relpath(_site_path(name), f'{_FOLDER}/{folder}')})" for name in _tracked(folder))
    return "\n".join((f"# {folder}", "", *links, ""))


def _tracked(folder: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z", folder], cwd=_ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name]


def _pointed(path: str, markdown: str) -> str:
    """Return a page from outside of docs/ with links that work in the site."""
    folder = posixpath.dirname(f"{_FOLDER}/{path}")

    def point(link: re.Match[str]) -> str:
        target = _resolve(path, link[0])
        return posixpath.relpath(
            target.removeprefix("docs/") if target.startswith("docs/") else _site_path(target), folder
        )

    return _ANY_LINK.sub(point, markdown)


def _resolve(page: str, link: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), link))
