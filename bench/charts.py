"""Charts of the benchmark page's ratios, drawn from its tables.

python -m bench.charts    # draws the charts of all sections anew
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
PICTURES = PAGE.parent / "pictures"
_MET, _MISSED, _BAR = "#0f766e", "#b45309", "#6b7280"
_ROW_INCHES = 0.34
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Ratio(NamedTuple):
    """One row of a table: what was measured and the bar that it should reach, or stay below."""

    name: str
    measured: float
    bar: float
    at_least: bool

    @property
    def is_met(self) -> bool:
        """Whether the measured figure is on the right side of the bar."""
        return self.measured >= self.bar if self.at_least else self.measured <= self.bar


def ratios(section: str) -> Iterator[Ratio]:
    """Yield the rows of a section's tables that have a bar (`≥ 0.6` or `≤ 0.6`)."""
    columns: list[str] = []
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            columns = []
        elif not columns:
            columns = cells
        elif "bar" in columns and cells[columns.index("bar")][:1] in ("≥", "≤"):
            bar = cells[columns.index("bar")]
            measured = cells[columns.index("ratio" if "measured" not in columns else "measured")]
            numbers = [_NUMBER.search(text.replace(",", "")) for text in (measured, bar)]
            if numbers[0] and numbers[1]:
                yield Ratio(cells[0].replace("`", ""), float(numbers[0][0]), float(numbers[1][0]), bar[0] == "≥")


def file_name(section: str) -> str:
    """Return a section's title as a part of a file name: its words in lower case."""
    return "-".join(re.findall(r"\w+", section.lower().replace("'", "")))


def chart(name: str, section: str) -> Path | None:
    """Draw a section's ratios, each beside its bar; return the picture, or `None` if it has no ratios."""
    rows = list(ratios(section))
    if not rows:
        return None
    PICTURES.mkdir(exist_ok=True)
    path = PICTURES / f"benchmarks-{file_name(name)}.svg"
    # The same figures give the same file.
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(9, 1 + _ROW_INCHES * len(rows)), layout="constrained")
        _draw(figure, rows)
        figure.savefig(path, metadata={"Date": None})
    return path


def _draw(figure: Figure, rows: list[Ratio]) -> None:
    axes = figure.add_subplot()
    places = range(len(rows), 0, -1)
    colors = [_MET if row.is_met else _MISSED for row in rows]
    axes.barh(places, [row.measured for row in rows], height=0.5, color=colors)
    for place, row in zip(places, rows, strict=True):
        axes.plot([row.bar, row.bar], [place - 0.38, place + 0.38], color=_BAR, linewidth=2)
        sign = "≥" if row.at_least else "≤"
        axes.annotate(
            f"{row.measured:g}  (bar {sign} {row.bar:g})",
            (max(row.measured, row.bar), place),
            xytext=(5, 0),
            textcoords="offset points",
            verticalalignment="center",
            color=_BAR,
        )
    axes.set_xscale("log")
    axes.set_yticks(list(places), [row.name for row in rows])
    axes.margins(x=0.25, y=0.02)
    axes.set_xlabel("measured, on a logarithmic scale; the grey line is the bar")
    axes.spines[["top", "right"]].set_visible(False)


def illustrated(title: str, text: str) -> str:
    """Return a section's text with its chart below the first paragraph; draw the chart."""
    without = re.sub(r"!\[[^\]]*\]\(pictures/benchmarks-[^)]*\)\n\n", "", text)
    picture = chart(title, without)
    if picture is None:
        return without
    first, _, rest = without.partition("\n\n")
    link = f"![The ratios of this section beside their bars]({picture.relative_to(PAGE.parent)})"
    return f"{first}\n\n{link}\n\n{rest}"


def main() -> None:
    """Draw the charts of the page as it stands."""
    head, *sections = PAGE.read_text(encoding="utf-8").split("\n## ")
    parts = [head]
    for section in sections:
        title, _, text = section.partition("\n\n")
        parts.append(f"{title}\n\n{illustrated(title, text)}")
    PAGE.write_text("\n## ".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
