"""The page on structure and the import contract are the same list of layers."""

import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from openrooms.server.core import ports
from openrooms.server.web import app

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "openrooms"
PAGE = (ROOT / "docs" / "design" / "structure.md").read_text(encoding="utf-8")


def rows(title: str) -> list[list[str]]:
    """Return the packages of each row of the table with this first column."""
    table = PAGE[PAGE.index(f"| {title} |") :].partition("\n\n")[0].splitlines()[2:]
    return [re.findall(r"`([\w/]+)`", line.split("|")[1]) for line in table]


def contract() -> list[list[str]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(layers["layers"] for layers in contracts if layers["name"] == "The arrows point inward")
    return [[name.strip().removeprefix("openrooms.").replace(".", "/") for name in line.split("|")] for line in layers]


def test_page_and_contract_list_the_same_layers():
    assert rows("Layer") == contract()


def test_every_package_is_on_the_page():
    """A package's own packages (`storage/migrations`) belong to it."""
    found = {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.glob("*/__init__.py")} - {"server"}
    found |= {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.glob("server/*/__init__.py")}
    assert found == {name for line in (*rows("Layer"), *rows("Package")) for name in line}


def test_every_file_named_on_the_page_exists():
    for path in re.findall(r"`((?:\w+/)+\w+\.(?:py|sql))`", PAGE):
        assert (PACKAGE / path).is_file(), path


@pytest.mark.parametrize("module", [ports, app])
def test_every_noun_of_the_seams_is_in_the_glossary(module: ModuleType):
    """The seams are the ports of the core and the arguments of `create_app`; errors explain themselves."""
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    classes = [kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__]
    nouns = {kind.__name__ for kind in classes if not issubclass(kind, Exception) and kind is not app.App}
    assert {noun for noun in nouns if f"`{noun}`" not in glossary} == set()
