"""Tables that fit the terminal, and what other people's texts cannot do to them."""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from openrooms.cli import render
from openrooms.cli.render import Format, Output, Row, clean

NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)
ROOMS: list[Row] = [
    {"id": "99412345678901234", "title": "Knee, 6 weeks after the operation", "validFrom": NINE, "people": 2},
    {"id": "99412345678901235", "title": "膝の術後六週間の検査と相談のための面談", "validFrom": NINE, "people": 3},
    {"id": "99412345678901236", "title": "فحص الركبة بعد ستة أسابيع", "validFrom": NINE, "people": 12},
]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    os.environ.pop("TZ", None)
    time.tzset()


@pytest.mark.parametrize("width", [80, 120])
def test_table_fits_and_keeps_ids_whole(width: int) -> None:
    text = render._table(ROOMS, width, False)
    assert max(map(cell_len, text.splitlines())) <= width
    assert all(str(row["id"]) in text for row in ROOMS)
    assert "validFrom UTC" in text
    assert "09:00" in text


def test_narrow_terminal_wraps_long_texts() -> None:
    text = render._table(ROOMS, 66, False)
    assert max(map(cell_len, text.splitlines())) <= 66
    assert len(text.splitlines()) > len(ROOMS) + 1


def test_texts_wrap_even_if_some_are_missing() -> None:
    rows: list[Row] = [
        {"rule": "onRoster", "passed": True, "message": None},
        {"rule": "callHasRoom", "passed": False, "message": "Calls are off on this server: it has no media engine."},
    ]
    text = render._table(rows, 60, False)
    assert text.startswith("rule ")
    assert max(map(cell_len, text.splitlines())) <= 60


def test_ids_that_do_not_fit_become_records() -> None:
    text = render._table(ROOMS, 30, False)
    assert "id         99412345678901234\n" in text
    assert "title      Knee, 6 weeks after the operation\n" in text


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (100, ["id", "state", "roomId"]),
        (30, ["id", "state"]),
        (20, ["id", "state", "roomId"]),
    ],
)
def test_optional_columns_are_left_out_where_the_table_is_narrow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int, expected: list[str]
) -> None:
    monkeypatch.setattr(render, "_width", lambda _stream: columns)
    rows = [{"id": "99412345678901234", "state": "open", "roomId": "99412345678901235"}]
    render.render(rows, Output(), optional=("roomId",))
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0].split() if columns > 20 else [line.split()[0] for line in lines]) == expected


def test_right_to_left_text_is_isolated_at_a_terminal_only() -> None:
    assert "\u2068فحص" in render._table(ROOMS, 100, False)
    assert "\u2068" not in render._table(ROOMS, render._UNLIMITED, False)


@pytest.mark.parametrize(
    "text", ["\x1b[2J", "\x9b2J", "a\rb", "a\nb", "\u202eevil", "\u2066x", "\x07", "\u2028", "\x00", "\ud800"]
)
def test_controls_in_a_name_do_nothing(text: str) -> None:
    plain = clean(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u2028\ud800" for c in plain)


def test_each_form(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[Row] = [{"id": "a\tb\\", "when": NINE, "yes": True, "none": None}]
    render.render(rows, Output(Format.TSV))
    assert capsys.readouterr().out == "a\\tb\\\\\t2026-12-01T09:00:00+00:00\ttrue\t\n"
    render.render(rows * 2, Output(Format.JSON))
    assert (
        json.loads(capsys.readouterr().out)
        == [{"id": "a\tb\\", "when": "2026-12-01T09:00:00+00:00", "yes": True, "none": None}] * 2
    )
    render.render([], Output(Format.JSON))
    assert json.loads(capsys.readouterr().out) == []
    render.render(rows, Output(Format.TABLE, is_quiet=True))
    assert capsys.readouterr().out == "a\\tb\\\\\n"
    render.render([], Output())
    assert capsys.readouterr().out == ""


def test_csv_cannot_compute(capsys: pytest.CaptureFixture[str]) -> None:
    render.print_csv([{"name": '=HYPERLINK("http://x","y")', "at": NINE, "seconds": 7, "left": None}])
    assert capsys.readouterr().out.splitlines() == [
        "name,at,seconds,left",
        '"\'=HYPERLINK(""http://x"",""y"")",2026-12-01T09:00:00+00:00,7,',
    ]
    # Some spreadsheets read full-width signs as the usual ones.
    render.print_csv([{"name": "\uff1d1+1"}, {"name": "1=\uff1d1"}])
    assert capsys.readouterr().out.splitlines()[1:] == ["'\uff1d1+1", "1=\uff1d1"]
