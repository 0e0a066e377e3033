"""The generated pages of docs/ match the program."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tools.reference import DOCS, PAGES

from openrooms.cli import commands, service


@pytest.mark.parametrize(("name", "page"), PAGES.items())
def test_page_is_fresh(name: str, page: Callable[[], str]) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == page(), "run `make docs`"


def test_example_of_a_file_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr(service, "_run", started.append)
    [example] = re.findall("```toml\n(.*?)```", (DOCS / "settings.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "openrooms.toml").write_text(example)
    assert commands.run(["serve", "--config", str(tmp_path / "openrooms.toml")]) == 0
    assert len(started) == 1
