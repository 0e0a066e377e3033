"""The examples of docs/client and of the docstrings, run against a real service."""

import ast
import asyncio
import contextlib
import doctest
import inspect
import io
import logging
import os
import re
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import structlog
from tools.client_reference import PAGE, reference

from openrooms.testing import RoomsService

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "client"
PAGES = sorted(DOCS.glob("*.md"))
PUBLIC = [
    "openrooms",
    "openrooms.aio",
    "openrooms.events",
    "openrooms.events.aio",
    "openrooms.identity",
    "openrooms.identity.aio",
    "openrooms.testing",
]
# Examples that are tests run under pytest, not as a program.
TESTS = re.compile(r"^(async )?def test_", re.MULTILINE)


class Session:
    """A session that runs code like an interactive interpreter, even with `await` outside functions."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self.names: dict[str, Any] = {"__name__": "example"}

    def run(self, source: str, name: str, mode: str = "exec") -> str:
        """Run the code and return its output."""
        code = compile(source, name, mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            result = types.FunctionType(code, self.names)()
            if inspect.iscoroutine(result):
                self._runner.run(result)
        return printed.getvalue()


@pytest.fixture
def session(rooms_service: RoomsService, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("OPENROOMS_CONNECTION_STRING", rooms_service.connection_string)
    # Expressions are printed as in a terminal, but `_` is not changed.
    monkeypatch.setattr(sys, "displayhook", lambda value: None if value is None else print(repr(value)))  # noqa: T201
    with asyncio.Runner() as runner:
        yield Session(runner)


def blocks(page: Path) -> list[tuple[int, str]]:
    """Return the Python blocks of a page that is not generated, with their first line numbers."""
    if page == PAGE:
        return []
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [(text.count("\n", 0, match.start(1)), match[1]) for match in found]


def programs(page: Path) -> list[tuple[int, str]]:
    return [(line, code) for line, code in blocks(page) if not TESTS.search(code)]


def public_objects() -> Iterator[tuple[str, object]]:
    """Yield each public object that may have a docstring once, with its full name."""
    seen: set[int] = set()
    for module_name in PUBLIC:
        module = import_module(module_name)
        for name in module.__all__:
            thing = getattr(module, name)
            if id(thing) in seen or not inspect.getdoc(thing):
                continue
            seen.add(id(thing))
            yield f"{module_name}.{name}", thing
            if inspect.isclass(thing):
                for method_name, method in vars(thing).items():
                    if not method_name.startswith("_") and inspect.getdoc(method):
                        yield f"{module_name}.{name}.{method_name}", method


EXAMPLES = [
    pytest.param(doctest.DocTestParser().get_examples(inspect.getdoc(thing) or ""), thing, id=name)
    for name, thing in public_objects()
    if ">>>" in (inspect.getdoc(thing) or "")
]


@pytest.mark.parametrize("page", [page for page in PAGES if programs(page)], ids=lambda page: page.stem)
def test_the_examples_of_a_page_run_from_top_to_bottom(session, page):
    for line, code in programs(page):
        session.run("\n" * line + code, str(page))


def test_the_tutorial_runs_over_https(service):
    """The tutorial runs as a program over HTTPS, with the variables that it sets."""
    variables = {"COMMUNICATION_CONNECTION_STRING": service.connectionString, "SSL_CERT_FILE": service.ca}
    tutorial = DOCS / "tutorial.md"
    text = tutorial.read_text(encoding="utf-8")
    assert set(re.findall(r"^export (\w+)=", text, re.MULTILINE)) == set(variables)
    environment = {name: value for name, value in os.environ.items() if "CONNECTION_STRING" not in name} | variables
    program = "\n".join(code for _, code in programs(tutorial))
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "8:acs:" in done.stdout


@pytest.fixture
def _quiet_log():
    """Keep the service's log out of what the examples print, whatever earlier tests configured."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("_quiet_log")
@pytest.mark.parametrize(("examples", "thing"), EXAMPLES)
def test_examples_in_docstrings_are_correct(session, examples, thing):
    module = inspect.getmodule(inspect.unwrap(thing.fget if isinstance(thing, property) else thing))
    session.names.update(vars(module) if module else {})
    check: Callable[[str, str, int], bool] = doctest.OutputChecker().check_output
    for example in examples:
        if example.options.get(doctest.SKIP):
            continue
        got = session.run(example.source, "docstring", "single")
        assert check(example.want, got, doctest.ELLIPSIS), f"{example.source}shows {got}and not {example.want}"


def test_the_tests_shown_for_users_pass(tmp_path):
    """They run in a new interpreter without this project's settings, as for a user."""
    codes = [code for _, code in blocks(DOCS / "testing.md") if TESTS.search(code)]
    for number, code in enumerate(codes):
        (tmp_path / f"test_{number}.py").write_text(code)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{sum(len(re.findall(r'def test_', code)) for code in codes)} passed" in done.stdout


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^):]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        assert (page.parent / path).exists(), target
        assert not anchor or anchor in anchors(page.parent / path), target


def test_the_reference_is_fresh():
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `make docs`"


def test_the_migration_page_names_every_operation():
    page = (DOCS / "migrate.md").read_text(encoding="utf-8")
    operations = {
        f"{name}("
        for client in ("openrooms.RoomsClient", "openrooms.identity.CommunicationIdentityClient")
        for name, member in vars(getattr(import_module(client.rpartition(".")[0]), client.rpartition(".")[2])).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    assert len(operations) >= 14
    assert [name for name in sorted(operations) if name not in page] == []
