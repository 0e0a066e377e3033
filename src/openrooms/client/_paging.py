"""Paged lists of sync clients, based on azure-core's paging; unlike azure-core's, they keep `Page` objects."""

# Written by `make twins` from _paging_async.py: change that one.

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from azure.core.paging import ItemPaged, PageIterator

from openrooms.client._models import Page

T = TypeVar("T")


class _PageIterator(PageIterator[T]):
    def __next__(self) -> Page[T]:  # type: ignore[override]
        super().__next__()
        # azure-core returns the items; the fetched response is our page.
        return cast(Page[T], self._response)


class Pages(ItemPaged[T]):
    """A list whose pages are fetched as they are needed; each iteration starts from the first page."""

    def __init__(self, get: Callable[[str | None], Page[T]], check: Callable[[str], None]) -> None:
        super().__init__(get, _unfold, page_iterator_class=_PageIterator)
        self._check = check
        self._once: Iterator[T] | None = None

    def __iter__(self) -> Iterator[T]:
        return _items(self.by_page())

    def __next__(self) -> T:
        # `next(pages)` works on azure-core's lists too; a `for` loop uses a separate iterator.
        if self._once is None:
            self._once = iter(self)
        return next(self._once)

    def by_page(self, continuation_token: str | None = None) -> Iterator[Page[T]]:  # type: ignore[override]
        """Return the pages, starting with the page that a `continuation_token` leads to.

        Raise `ValueError` if the token leads to another service.
        """
        if continuation_token is not None:
            self._check(continuation_token)
        return cast(Iterator[Page[T]], super().by_page(continuation_token))


def _unfold(page: Page[T]) -> tuple[Any, Any]:
    return page.continuation_token, page


def _items(pages: Iterator[Page[T]]) -> Iterator[T]:
    for page in pages:
        yield from page
