"""The threat model: every claim names its tests, and they exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations" / "threats.md").read_text(encoding="utf-8")
CLAIMS = [
    line for line in PAGE.splitlines() if line.startswith("| ") and line not in ("| Claim | Tests |", "| --- | --- |")
]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", PAGE)))


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_names_a_test(claim: str) -> None:
    assert re.search(r"\| `tests/[\w/]+\.py::test_\w+`", claim)


@pytest.mark.parametrize("named", NAMED)
def test_every_named_test_exists(named: str) -> None:
    path, _, name = named.partition("::")
    assert re.search(rf"def {name}\(", (ROOT / path).read_text(encoding="utf-8"))


def test_page_has_claims() -> None:
    assert len(CLAIMS) > 30
    assert len(NAMED) >= len(CLAIMS)
