"""Paged lists of async clients, based on azure-core's paging; unlike azure-core's, they keep `Page` objects."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar, cast

from azure.core.async_paging import AsyncItemPaged, AsyncPageIterator

from openrooms.client._models import Page

T = TypeVar("T")


class _AsyncPageIterator(AsyncPageIterator[T]):
    async def __anext__(self) -> Page[T]:  # type: ignore[override]
        await super().__anext__()
        # azure-core returns the items; the fetched response is our page.
        return cast(Page[T], self._response)


class AsyncPages(AsyncItemPaged[T]):
    """A list whose pages are fetched as they are needed; each iteration starts from the first page."""

    def __init__(self, get: Callable[[str | None], Awaitable[Page[T]]], check: Callable[[str], None]) -> None:
        super().__init__(get, _unfold, page_iterator_class=_AsyncPageIterator)
        self._check = check
        self._once: AsyncIterator[T] | None = None

    def __aiter__(self) -> AsyncIterator[T]:
        return _items(self.by_page())

    async def __anext__(self) -> T:
        # `anext(pages)` works on azure-core's lists too; a `for` loop uses a separate iterator.
        if self._once is None:
            self._once = aiter(self)
        return await anext(self._once)

    def by_page(self, continuation_token: str | None = None) -> AsyncIterator[Page[T]]:  # type: ignore[override]
        """Return the pages, starting with the page that a `continuation_token` leads to.

        Raise `ValueError` if the token leads to another service.
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
