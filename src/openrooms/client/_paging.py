"""Lists that come in pages, for sync clients: azure-core's paging, which keeps its pages and can be iterated again."""

# Written by `make twins` from _paging_async.py: change that one.

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from azure.core.paging import ItemPaged, PageIterator

from openrooms.client._models import Page

T = TypeVar("T")


class _PageIterator(PageIterator[T]):
    def __next__(self) -> Page[T]:  # type: ignore[override]
        super().__next__()
        # What was fetched is the page.
        return cast(Page[T], self._response)


class Pages(ItemPaged[T]):
    """Items that are asked for page by page, when they are wanted; each iteration starts over."""

    def __init__(self, get: Callable[[str | None], Page[T]], check: Callable[[str], None]) -> None:
        super().__init__(get, _unfold, page_iterator_class=_PageIterator)
        self._check = check
        self._once: Iterator[T] | None = None

    def __iter__(self) -> Iterator[T]:
        return _items(self.by_page())

    def __next__(self) -> T:
        # For `next(pages)`, as azure-core's own takes it; a `for` has an iterator of its own.
        if self._once is None:
            self._once = iter(self)
        return next(self._once)

    def by_page(self, continuation_token: str | None = None) -> Iterator[Page[T]]:  # type: ignore[override]
        """Return the pages, from the one that the token of an earlier page leads to.

        Raise `ValueError` for a token of another service.
        """
        if continuation_token is not None:
            self._check(continuation_token)
        return cast(Iterator[Page[T]], super().by_page(continuation_token))


def _unfold(page: Page[T]) -> tuple[Any, Any]:
    return page.continuation_token, page


def _items(pages: Iterator[Page[T]]) -> Iterator[T]:
    for page in pages:
        yield from page
