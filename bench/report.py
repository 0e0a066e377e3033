"""Tables on the terminal, and in `docs/benchmarks.md`, with a heading for each benchmark."""

import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.charts import PAGE, illustrated


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns also line up on a terminal."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in (head, *rows)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Return a description of the machine."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    parts = [
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in ("uvicorn", "httptools", "uvloop", "apsw")),
        cpu[1].strip() if cpu else platform.machine(),
        f"{datetime.now(UTC):%Y-%m-%d}",
    ]
    return ", ".join(parts)


def write(title: str, text: str) -> None:
    """Replace the section of this title on the page with the text and its chart."""
    heading = f"## {title}\n"
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# Benchmarks\n"
    before, _, rest = page.partition(heading)
    following = rest.find("\n## ")
    after = rest[following + 1 :] if following >= 0 else ""
    parts = [before.rstrip(), f"{heading}\n{illustrated(title, text.strip())}", after.strip()]
    PAGE.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")
