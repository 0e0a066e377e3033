"""Lists that come in pages: azure-core's paging, which can be iterated again and keeps its pages whole."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeVar, cast

from azure.core.async_paging import AsyncItemPaged, AsyncPageIterator
from azure.core.paging import ItemPaged, PageIterator

from openrooms.client._models import Page

T = TypeVar("T")


class _PageIterator(PageIterator[T]):
    def __next__(self) -> Page[T]:  # type: ignore[override]
        super().__next__()
        # What was fetched is the page.
        return cast(Page[T], self._response)


class _AsyncPageIterator(AsyncPageIterator[T]):
    async def __anext__(self) -> Page[T]:  # type: ignore[override]
        await super().__anext__()
        # What was fetched is the page.
        return cast(Page[T], self._response)


class Pages(ItemPaged[T]):
    """Items that are asked for page by page, when they are wanted; each iteration starts over."""

    def __init__(self, get: Callable[[str | None], Page[T]], check: Callable[[str], None]) -> None:
        super().__init__(get, _unfold, page_iterator_class=_PageIterator)
        self._check = check

    def __iter__(self) -> Iterator[T]:
        return itertools.chain.from_iterable(self.by_page())

    def by_page(self, continuation_token: str | None = None) -> Iterator[Page[T]]:  # type: ignore[override]
        """Return the pages, from the one that the token of an earlier page leads to.

        Raise `ValueError` for a token of another service.
        """
        if continuation_token is not None:
            self._check(continuation_token)
        return cast(Iterator[Page[T]], super().by_page(continuation_token))


class AsyncPages(AsyncItemPaged[T]):
    """Items that are asked for page by page, when they are wanted; each iteration starts over."""

    def __init__(self, get: Callable[[str | None], Awaitable[Page[T]]], check: Callable[[str], None]) -> None:
        super().__init__(get, _unfold_async, page_iterator_class=_AsyncPageIterator)
        self._check = check
        self._once: AsyncIterator[T] | None = None

    def __aiter__(self) -> AsyncIterator[T]:
        return _items(self.by_page())

    async def __anext__(self) -> T:
        # For `anext(pages)`, as azure-core's own takes it; a `for` has an iterator of its own.
        if self._once is None:
            self._once = aiter(self)
        return await anext(self._once)

    def by_page(self, continuation_token: str | None = None) -> AsyncIterator[Page[T]]:  # type: ignore[override]
        """Return the pages, from the one that the token of an earlier page leads to.

        Raise `ValueError` for a token of another service.
        """
        if continuation_token is not None:
            self._check(continuation_token)
        return cast(AsyncIterator[Page[T]], super().by_page(continuation_token))


def _unfold(page: Page[T]) -> tuple[Any, Page[T]]:
    return page.continuation_token, page


async def _unfold_async(page: Page[T]) -> tuple[Any, Any]:
    return page.continuation_token, page


async def _items(pages: AsyncIterator[Page[T]]) -> AsyncIterator[T]:
    async for page in pages:
        for item in page:
            yield item
