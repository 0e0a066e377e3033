"""What a stream allows that people may read at a terminal."""

import os
from typing import TextIO


def may_style(stream: TextIO) -> bool:
    """Return whether the stream is a terminal and its user permits colours (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
