"""Answers as azure-core's policies and hooks know them, made from one that has been read to its end."""

import json
from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any, Self

from azure.core.exceptions import HttpResponseError
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse
from azure.core.utils import case_insensitive_dict

from openrooms.client._parser import Answer

_BAD_REQUEST = 400


class _Read:
    """What the sync and the async answer have in common; the body is in memory, the connection free again."""

    def __init__(self, request: HttpRequest, answer: Answer) -> None:
        self._request = request
        self._answer = answer
        self._content = answer.content()
        self._headers: MutableMapping[str, str] | None = None
        self._encoding: str | None = None

    @property
    def request(self) -> HttpRequest:
        """The request that this answers."""
        return self._request

    @property
    def url(self) -> str:
        """The URL that this answers."""
        return self._request.url

    @property
    def status_code(self) -> int:
        """The status, e.g. 200."""
        return self._answer.status

    @property
    def reason(self) -> str:
        """The reason phrase, e.g. `OK`; HTTP allows an empty one."""
        return self._answer.reason

    @property
    def headers(self) -> MutableMapping[str, str]:
        """The headers, whose names ignore case; several of one name are joined by commas."""
        if self._headers is None:
            self._headers = case_insensitive_dict()
            for name, value in self._answer.headers:
                known = self._headers.get(name)
                self._headers[name] = value if known is None else f"{known}, {value}"
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
        """How `text()` decodes; `None` is UTF-8 in which what is no UTF-8 is replaced."""
        return self._encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._encoding = value

    @property
    def is_closed(self) -> bool:
        """Always true: nothing is left to be read from the network."""
        return True

    @property
    def is_stream_consumed(self) -> bool:
        """Always true, as above."""
        return True

    def body(self) -> bytes:
        """Return the body, by the name that older programs use."""
        return self._content

    def text(self, encoding: str | None = None) -> str:
        """Return the body decoded."""
        chosen = encoding or self._encoding
        return self._content.decode(chosen) if chosen else self._content.decode("utf-8-sig", "replace")

    def json(self) -> Any:
        """Return what the JSON of the body means; raise `ValueError` if it is none."""
        return json.loads(self._content)

    def raise_for_status(self) -> None:
        """Raise `HttpResponseError` for a status of 400 and above."""
        if self.status_code >= _BAD_REQUEST:
            raise HttpResponseError(response=self)

    def __repr__(self) -> str:
        return f"<HttpResponse: {self.status_code} {self.reason}>"


class ReadResponse(_Read, HttpResponse):
    """An answer to a sync client."""

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
        """Do nothing: the connection is free already."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncReadResponse(_Read, AsyncHttpResponse):
    """An answer to an async client."""

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
        """Do nothing: the connection is free already."""

    async def __aexit__(self, *_: object) -> None:
        await self.close()
