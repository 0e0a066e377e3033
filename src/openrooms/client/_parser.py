"""The decoder of HTTP/1.1 answers, without I/O.

httptools (llhttp) parses; this module adds size limits, decompression and whether the connection can be reused.
"""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from openrooms.client._http1 import BrokenAnswer, OversizedAnswer

_INFORMATIONAL = range(100, 200)
# The `wbits` argument of zlib for each Content-Encoding.
_WINDOWS = {b"gzip": 31, b"x-gzip": 31, b"deflate": 15}

MOST_HEAD = 64 * 1024
MOST_FIELDS = 100
MOST_BODY = 64 * 1024 * 1024
"""The limits of an answer: bytes before the body, number of headers, and bytes of the body (compressed and not)."""


class Answer:
    """An answer being received: call `feed` until `is_whole`. With `head_only` the answer ends before the body."""

    __slots__ = (
        "_body",
        "_head_only",
        "_headers",
        "_parser",
        "_reason",
        "_received",
        "is_whole",
        "may_reuse",
        "status",
    )

    def __init__(self, *, head_only: bool = False) -> None:
        self.status = 0
        self.is_whole = False
        self.may_reuse = False
        self._received = 0
        self._head_only = head_only
        self._reason = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._parser = HttpResponseParser(self)

    @property
    def reason(self) -> str:
        """The reason phrase, possibly empty."""
        return self._reason.decode("latin-1")

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers in the order and case in which they were received."""
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._headers]

    def feed(self, data: bytes) -> bool:
        """Parse received bytes and return whether the answer is complete; raise `BrokenAnswer`."""
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as error:
            raise BrokenAnswer("the server switched to another protocol, which was not requested") from error
        except HttpParserError as error:
            # The parser turns what a callback raises into its own error, also Ctrl+C.
            interrupt = error.__context__
            if interrupt is not None and not isinstance(interrupt, Exception):
                raise interrupt from None
            raise BrokenAnswer(f"the answer is not HTTP: {error}") from error
        if self.is_whole:
            # The parser refers to this object; without the cycle, both are freed at once.
            del self._parser
        self._check_size()
        return self.is_whole

    def end(self) -> None:
        """Handle the end of the connection; raise `BrokenAnswer` unless it completes the answer."""
        if self.is_whole:
            return
        if not self._received:
            raise BrokenAnswer("the connection was closed without an answer")
        if not self.status or self._header(b"content-length") or self._header(b"transfer-encoding"):
            raise BrokenAnswer("the connection was closed in the middle of the answer")
        self.is_whole = True

    def content(self) -> bytes:
        """Return the decompressed body; raise `BrokenAnswer` if it cannot be decompressed."""
        body = b"".join(self._body)
        encoding = self._header(b"content-encoding").strip().lower()
        if not body or encoding in (b"", b"identity"):
            return body
        window = _WINDOWS.get(encoding)
        if window is None:
            raise BrokenAnswer(f"the body has an encoding that was not requested, {encoding.decode('latin-1')}")
        import zlib

        try:
            decompressor = zlib.decompressobj(window)
            decompressed = decompressor.decompress(body, MOST_BODY)
        except zlib.error as error:
            raise BrokenAnswer(f"the body cannot be decompressed: {error}") from error
        if decompressor.unconsumed_tail:
            raise OversizedAnswer(f"the body is more than {MOST_BODY} bytes when decompressed")
        if not decompressor.eof:
            raise BrokenAnswer("the body cannot be decompressed: its end is missing")
        return decompressed

    # Callbacks of httptools. Data after the answer was not requested: it is ignored, and the connection is not reused.

    def on_message_begin(self) -> None:
        self.may_reuse = False

    def on_status(self, reason: bytes) -> None:
        if not self.is_whole:
            self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.is_whole:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if not self.is_whole:
            self.status = self._parser.get_status_code()
            self.is_whole = self._head_only and self.status not in _INFORMATIONAL

    def on_body(self, data: bytes) -> None:
        if not self.is_whole:
            self._body.append(data)

    def on_message_complete(self) -> None:
        if self.is_whole:
            return
        if self.status in _INFORMATIONAL:
            self.status, self._reason = 0, b""
            self._headers.clear()
        else:
            self.is_whole = True
            self.may_reuse = self._parser.should_keep_alive()

    def _check_size(self) -> None:
        if len(self._headers) > MOST_FIELDS:
            raise OversizedAnswer(f"the answer has more than {MOST_FIELDS} headers")
        if not self.status and self._received > MOST_HEAD:
            raise OversizedAnswer(f"the head of the answer is more than {MOST_HEAD} bytes")
        if self._received > MOST_HEAD + MOST_BODY:
            raise OversizedAnswer(f"the answer is more than {MOST_BODY} bytes")

    def _header(self, wanted: bytes) -> bytes:
        return next((value for name, value in self._headers if name.lower() == wanted), b"")
