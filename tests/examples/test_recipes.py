"""The documentation quotes the examples: every quotation is in one of their files, word for word."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LANGUAGES = {
    "python": "*.py",
    "py": "*.py",
    "js": "*.mjs",
    "ts": "*.ts",
    "java": "*.java",
    "go": "*.go",
    "csharp": "*.cs",
    "yaml": "*.yaml",
}


def quotations() -> Iterator[object]:
    for page in ("recipes.md", "languages.md"):
        text = (ROOT / "docs" / "client" / page).read_text()
        for number, (language, code) in enumerate(re.findall(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)):
            if language in LANGUAGES:
                yield pytest.param(LANGUAGES[language], code, id=f"{page} {number}")


@pytest.mark.parametrize(("files", "code"), list(quotations()))
def test_quotations_are_true(files: str, code: str) -> None:
    sources = [path for path in (ROOT / "examples").rglob(files) if "node_modules" not in path.parts]
    assert any(code in path.read_text() for path in sources), code
