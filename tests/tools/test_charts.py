"""The charts of the benchmark page show what its tables say."""

import pytest
from bench import charts
from bench.charts import PAGE, Ratio, illustrated, ratios

TABLE = """Some words.

| ratio | of | measured | bar | |
| --- | --- | --- | --- | --- |
| create / F | 5 of 9/s | 0.36 | ≥ 0.33 | met |
| memory, MB | | 1,071.5 | ≤ 70 | not met |

| run | requests a second |
| --- | --- |
| hello | 34,259 |
"""


def test_rows_with_a_bar_are_drawn():
    assert list(ratios(TABLE)) == [
        Ratio("create / F", 0.36, 0.33, at_least=True),
        Ratio("memory, MB", 1071.5, 70, at_least=False),
    ]
    assert [row.is_met for row in ratios(TABLE)] == [True, False]


def test_illustrating_a_section_twice_changes_nothing(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(charts, "PICTURES", tmp_path / "docs" / "pictures")
    monkeypatch.setattr(charts, "PAGE", tmp_path / "docs" / "benchmarks.md")
    (tmp_path / "docs").mkdir()
    text = illustrated("Service", TABLE)
    drawn = (tmp_path / "docs" / "pictures" / "benchmarks-service.svg").read_bytes()
    assert text.count("](pictures/benchmarks-service.svg)") == 1
    assert illustrated("Service", text) == text
    assert (tmp_path / "docs" / "pictures" / "benchmarks-service.svg").read_bytes() == drawn


def test_page_shows_every_chart():
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        title = section.partition("\n")[0]
        assert (f"pictures/benchmarks-{charts.file_name(title)}.svg" in section) == bool(list(ratios(section)))
