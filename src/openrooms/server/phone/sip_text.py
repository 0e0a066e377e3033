"""Messages of SIP as text: what a line of the trace says, and what the demo telephone hears."""

from collections.abc import Mapping, Sequence

import msgspec

_COMPACT: Mapping[str, str] = {"f": "from", "i": "call-id", "m": "contact", "t": "to", "v": "via"}
"""https://www.rfc-editor.org/rfc/rfc3261#section-7.3.3"""


class Message(msgspec.Struct, frozen=True):
    """A message: its first line, its headers by lower-case name, and its body."""

    line: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def method(self) -> str:
        """`INVITE`, or `SIP/2.0` of an answer."""
        return self.line.partition(" ")[0]

    def all(self, name: str) -> list[str]:
        """Return the values of a header, in their order."""
        return [value for key, value in self.headers if key == name]

    def first(self, name: str) -> str:
        """Return the first value of a header, or nothing."""
        return next(iter(self.all(name)), "")


def read_message(text: str) -> Message:
    """Return the message in a text; the ends of its lines may have lost their CR."""
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    line, *fields = head.split("\n")
    pairs = (field.partition(":") for field in fields)
    headers = tuple((_full(name.strip().lower()), value.strip()) for name, _, value in pairs)
    return Message(line, headers, body)


def write_message(lines: Sequence[str], body: str = "") -> bytes:
    """Return a message with these lines, of which the body needs its own headers."""
    return "\r\n".join([*lines, "", body]).encode()


def _full(name: str) -> str:
    return _COMPACT.get(name, name)
