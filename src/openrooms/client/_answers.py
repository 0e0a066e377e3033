"""azure-core's response classes for an answer whose body has been read completely."""

import json
from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any, Self

from azure.core.exceptions import HttpResponseError
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse
from azure.core.utils import case_insensitive_dict

from openrooms.client._parser import Answer

_BAD_REQUEST = 400


class _ReadAnswer:
    """The common part of the sync and the async response. The body is in memory and the connection is free."""

    def __init__(self, request: HttpRequest, answer: Answer) -> None:
        self._request = request
        self._answer = answer
        self._content = answer.content()
        self._headers: MutableMapping[str, str] | None = None
        self._encoding: str | None = None

    @property
    def request(self) -> HttpRequest:
        """The request that caused this response."""
        return self._request

    @property
    def url(self) -> str:
        """The URL of the request."""
        return self._request.url

    @property
    def status_code(self) -> int:
        """The HTTP status, e.g. 200."""
        return self._answer.status

    @property
    def reason(self) -> str:
        """The reason phrase, e.g. `OK`. HTTP allows it to be empty."""
        return self._answer.reason

    @property
    def headers(self) -> MutableMapping[str, str]:
        """The headers. Their names ignore case; repeated headers are joined with commas."""
        if self._headers is None:
            self._headers = case_insensitive_dict()
            for name, value in self._answer.headers:
                earlier = self._headers.get(name)
                self._headers[name] = value if earlier is None else f"{earlier}, {value}"
        return self._headers

    @property
    def content_type(self) -> str | None:
        """The Content-Type header."""
        return self.headers.get("Content-Type")

    @property
    def content(self) -> bytes:
        """The body."""
        return self._content

    @property
    def encoding(self) -> str | None:
        """The encoding that `text()` uses; `None` means UTF-8 with invalid bytes replaced."""
        return self._encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._encoding = value

    @property
    def is_closed(self) -> bool:
        """Always true, because the body has been read from the network."""
        return True

    @property
    def is_stream_consumed(self) -> bool:
        """Always true, because the body has been read from the network."""
        return True

    def body(self) -> bytes:
        """Return the body. Older programs use this method instead of `content`."""
        return self._content

    def text(self, encoding: str | None = None) -> str:
        """Return the body as text, decoded with `encoding`, else with the `encoding` property."""
        codec = encoding or self._encoding
        return self._content.decode(codec) if codec else self._content.decode("utf-8-sig", "replace")

    def json(self) -> Any:
        """Return the decoded JSON body; raise `ValueError` if the body is not JSON."""
        return json.loads(self._content)

    def raise_for_status(self) -> None:
        """Raise `HttpResponseError` if the status is 400 or higher."""
        if self.status_code >= _BAD_REQUEST:
            raise HttpResponseError(response=self)

    def __repr__(self) -> str:
        return f"<HttpResponse: {self.status_code} {self.reason}>"


class ReadResponse(_ReadAnswer, HttpResponse):
    """A response for a sync client."""

    def read(self) -> bytes:
        """Return the body."""
        return self._content

    def iter_bytes(self, **_: Any) -> Iterator[bytes]:
        """Yield the body in one piece."""
        yield self._content

    def iter_raw(self, **_: Any) -> Iterator[bytes]:
        """Yield the body in one piece."""
        yield self._content

    def close(self) -> None:
        """Do nothing, because the connection is already free."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncReadResponse(_ReadAnswer, AsyncHttpResponse):
    """A response for an async client."""

    async def read(self) -> bytes:
        """Return the body."""
        return self._content

    async def iter_bytes(self, **_: Any) -> AsyncIterator[bytes]:
        """Yield the body in one piece."""
        yield self._content

    async def iter_raw(self, **_: Any) -> AsyncIterator[bytes]:
        """Yield the body in one piece."""
        yield self._content

    async def close(self) -> None:
        """Do nothing, because the connection is already free."""

    async def __aexit__(self, *_: object) -> None:
        await self.close()
