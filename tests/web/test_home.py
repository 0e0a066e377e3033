"""The home page, and the documentation of a development service."""

import http.client
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from tests.support.service import Process, dev, openrooms, running

from openrooms.wire.connection_string import DEVELOPMENT_KEY

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OWN_KEY = "b3VyIG93biBrZXksIGxvbmcgZW5vdWdoIHRvIGJlIG9uZQ=="


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with dev(tmp_path_factory.mktemp("dev")) as process:
        yield process


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("serve")
    assert openrooms("migrate", "--data", folder / "data").returncode == 0
    with running("serve", "--http-port", 0, folder=folder) as process:
        yield process


def get(service: Process, path: str, headers: dict[str, str], method: str = "GET") -> tuple[int, str, str]:
    """Return status, type and body."""
    connection = http.client.HTTPConnection(service.http.removeprefix("http://"))
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("content-type", ""), answer.read().decode()
    finally:
        connection.close()


def page_settings(page: str) -> object:
    """Return the settings that the service passes to its home page."""
    found = re.search('<meta name="openrooms" content="([^"]*)"', page)
    return json.loads(unescape(found[1])) if found else None


def test_home_shows_the_connection_string(development: Process) -> None:
    status, kind, page = get(development, "/", BROWSER)
    assert (status, kind) == (200, "text/html")
    assert page_settings(page) == {"development": {"connectionString": development.connectionString, "calls": False}}
    assert DEVELOPMENT_KEY in development.connectionString


def test_home_hides_a_custom_key(tmp_path: Path) -> None:
    """The service may be reachable from other machines, and everyone who reaches it can read the page."""
    with dev(tmp_path, "--access-key", OWN_KEY) as service:
        _, _, page = get(service, "/", BROWSER)
        assert page_settings(page) == {"development": {"connectionString": None, "calls": False}}
        assert OWN_KEY not in page


def test_production_home_shows_no_settings(production: Process) -> None:
    status, kind, page = get(production, "/", BROWSER)
    assert (status, kind) == (200, "text/html")
    assert page_settings(page) is None
    assert "<title>openrooms</title>" in page


@pytest.mark.parametrize("headers", [{}, {"Accept": "*/*"}, {"Accept": "application/json"}])
def test_api_clients_get_401_at_the_root(development: Process, headers: dict[str, str]) -> None:
    assert get(development, "/", headers) == get(development, "/unknown", headers)
    assert get(development, "/", headers)[0] == 401


def test_home_is_only_at_the_root(production: Process) -> None:
    for path in ("//", "//openrooms/metrics", "/unknown"):
        assert get(production, path, BROWSER)[0] == 401
    assert get(production, "/", BROWSER, "POST")[0] == 401


def test_development_docs_link_to_every_page(development: Process, production: Process) -> None:
    seen: set[str] = set()
    waiting = ["/docs/README.md"]
    while waiting:
        path = waiting.pop()
        status, kind, page = get(development, path, BROWSER)
        assert (status, kind) == (200, "text/html; charset=utf-8"), path
        seen.add(path)
        links = {link.partition("#")[0] for link in re.findall('href="([^":]+)"', page)} - {""}
        for target in {resolved(path.rpartition("/")[0], link) for link in links}:
            if target.endswith(".md"):
                waiting += {target} - {*seen, *waiting}
            else:
                assert get(development, target, BROWSER)[0] == 200, f"{path} links to {target}"
    assert len(seen) > 20
    assert get(production, "/docs/README.md", BROWSER)[0] == 401
    assert get(development, "/docs/../pyproject.toml", BROWSER)[0] == 404


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/docs/calls"])
def test_docs_folder_redirects_to_its_first_page(development: Process, path: str) -> None:
    """Links of a page are relative to its own path."""
    connection = http.client.HTTPConnection(development.http.removeprefix("http://"))
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("location")) == (302, f"{path.rstrip('/')}/README.md")
    connection.close()


def resolved(folder: str, link: str) -> str:
    """Return a relative link as a path."""
    if link.startswith("/"):
        return link
    parts = folder.split("/")
    for step in link.split("/"):
        parts = parts[:-1] if step == ".." else [*parts, step]
    return "/".join(parts)
