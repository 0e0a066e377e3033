"""Links from the source to the evidence behind a rule."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_link_has_its_section() -> None:
    """Every section is linked from the code that follows it, and every link has a section."""
    page = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    sections = {title.lower().replace(" ", "-") for title in re.findall(r"^## (.+)$", page, re.MULTILINE)}
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src" / "openrooms").rglob("*.py")]
    assert {link for text in sources for link in re.findall(r"docs/evidence\.md#([\w-]+)", text)} == sections
