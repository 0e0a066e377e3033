"""The I/O of async clients."""

from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import AsyncPipeline
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy
from azure.core.rest import HttpRequest

from openrooms.client._base import Client, policies
from openrooms.client._calls import Call, Listed
from openrooms.client._credentials import SCOPE
from openrooms.client._models import Page, Response
from openrooms.client._paging_async import AsyncPages
from openrooms.client._policies_async import AsyncBoundedRetryPolicy, AsyncSameOriginRedirectPolicy

T = TypeVar("T")


class _AsyncSinglePartPipeline(AsyncPipeline[Any, Any]):
    """azure-core's pipeline without the search for multipart bodies, which our requests never have."""

    async def _prepare_multipart(self, request: Any) -> None:
        pass


class AsyncClient(Client):
    """A client whose calls are awaited; the I/O on top of `Client`."""

    async def close(self) -> None:
        """Close the connections; a later call raises `ValueError`."""
        await self._pipeline.__aexit__()

    async def __aenter__(self) -> Self:
        await self._pipeline.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _bearer(self, credential: Any, options: dict[str, Any]) -> Any:
        return AsyncBearerTokenCredentialPolicy(credential, SCOPE, **options)

    def _build(self, options: dict[str, Any], retry: dict[str, Any], authentication: Any) -> None:
        transport = options.pop("transport", None)
        if transport is None:
            from openrooms.client._transport_async import AsyncTransport

            transport = AsyncTransport(**options)
        waiting = (
            options.get("redirect_policy") or AsyncSameOriginRedirectPolicy(**options),
            options.get("retry_policy") or AsyncBoundedRetryPolicy(**retry),
        )
        self._pipeline = _AsyncSinglePartPipeline(transport, policies(options, waiting, authentication))

    async def _send(self, call: Call[T], options: dict[str, Any]) -> Response[T]:
        cls, error_map = options.pop("cls", None), options.pop("error_map", None)
        run, request = self._run(call.operation.name), self._request(call, options)
        response: Response[T] = await run(self, request, call.read, cls, error_map, **self._defaults, **options)
        return response

    def _pages(self, call: Call[Listed[T]], options: dict[str, Any]) -> AsyncPages[T]:
        async def get(link: str | None) -> Page[T]:
            page_options = dict(options)
            cls, error_map = page_options.pop("cls", None), page_options.pop("error_map", None)
            run = self._run(call.operation.name)
            request = self._request(call, page_options) if link is None else self._next(link, page_options)
            response = await run(self, request, call.read, None, error_map, **self._defaults, **page_options)
            return self._page(response, cls)

        return AsyncPages(get, self._check_link)

    def _run(self, name: str) -> Callable[..., Any]:
        run = self._runs.get(name)
        if run is None:
            from azure.core.tracing.decorator_async import distributed_trace_async

            trace = distributed_trace_async(name_of_span=f"{type(self).__name__}.{name}")
            run = self._runs[name] = trace(AsyncClient._perform)
        return run

    async def _perform(
        self,
        request: HttpRequest,
        read: Callable[[bytes], T],
        cls: Callable[..., T] | None,
        error_map: Mapping[int, type[HttpResponseError]] | None,
        /,
        **options: Any,
    ) -> Response[T]:
        # The result is read inside the trace, so that a refused or unreadable answer marks the span as failed.
        return self._result(read, await self._pipeline.run(request, **options), cls, error_map)
