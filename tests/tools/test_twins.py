"""The sync half of the client is what `make twins` writes from the async one."""

from pathlib import Path

import pytest

from tools import twins


def test_the_sync_modules_are_fresh() -> None:
    assert twins.stale() == []


def test_stale_module_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for source, twin in twins.PAIRS.items():
        for path in (source, twin):
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text((twins.PACKAGE / path).read_text())
    monkeypatch.setattr(twins, "PACKAGE", tmp_path)
    monkeypatch.setattr(twins, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").symlink_to(Path(twins.__file__).parents[1] / "pyproject.toml")
    assert twins.stale() == []
    changed = tmp_path / "client/_async.py"
    changed.write_text(changed.read_text().replace("Delete a room", "Remove a room"))
    assert twins.stale() == ["client/_sync.py"]


@pytest.mark.parametrize(
    ("text", "twin"),
    [
        ("value = (await client.get(1)).value", "value = client.get(1).value"),
        ("value = (\n    await client.get(\n        f(1),\n    )\n).value", "value = client.get(\n    f(1),\n).value"),
        ("from x.aio import y  # `openrooms.aio`", "from x.aio import y  # `openrooms`"),
        ("names = [room async for room in rooms]", "names = [room for room in rooms]"),
        ("get: Callable[[str], Awaitable[Page[T]]]", "get: Callable[[str], Page[T]]"),
    ],
)
def test_translated_lines(text: str, twin: str) -> None:
    assert twins.sync("x.py", f'"""Title."""\n\n{text}\n').partition(": change that one.\n")[2].strip() == twin
