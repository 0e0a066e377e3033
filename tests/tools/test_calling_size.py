"""The documentation quotes the size of the calling package's file for browsers as it is built."""

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src" / "openrooms" / "server" / "web" / "static" / "calling"


def test_quoted_sizes_are_those_of_the_built_file() -> None:
    (file,) = BUILT.glob("openrooms-calling-*.js")
    content = file.read_bytes()
    sizes = [len(content) / 1000, len(gzip.compress(content)) / 1000]
    page = (ROOT / "docs" / "calls" / "azure-web-app.md").read_text()
    quoted = re.search(r"in one file \((\d+) kB, compressed (\d+) kB\)", page)
    assert quoted
    assert [int(size) for size in quoted.groups()] == pytest.approx(sizes, rel=0.1)
