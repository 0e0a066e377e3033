"""Lists that come in pages, for async clients: azure-core's paging, which keeps its pages and can be iterated again."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar, cast

from azure.core.async_paging import AsyncItemPaged, AsyncPageIterator

from openrooms.client._models import Page

T = TypeVar("T")


class _AsyncPageIterator(AsyncPageIterator[T]):
    async def __anext__(self) -> Page[T]:  # type: ignore[override]
        await super().__anext__()
        # What was fetched is the page.
        return cast(Page[T], self._response)


class AsyncPages(AsyncItemPaged[T]):
    """Items that are asked for page by page, when they are wanted; each iteration starts over."""

    def __init__(self, get: Callable[[str | None], Awaitable[Page[T]]], check: Callable[[str], None]) -> None:
        super().__init__(get, _unfold, page_iterator_class=_AsyncPageIterator)
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


async def _unfold(page: Page[T]) -> tuple[Any, Any]:
    return page.continuation_token, page


async def _items(pages: AsyncIterator[Page[T]]) -> AsyncIterator[T]:
    async for page in pages:
        for item in page:
            yield item
