"""The I/O of sync clients."""

# Written by `make twins` from _base_async.py: change that one.

from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import Pipeline
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.core.rest import HttpRequest

from openrooms.client._base import Client, policies
from openrooms.client._calls import Call, Listed
from openrooms.client._credentials import SCOPE
from openrooms.client._models import Page, Response
from openrooms.client._paging import Pages
from openrooms.client._policies import BoundedRetryPolicy, SameOriginRedirectPolicy

T = TypeVar("T")


class _SinglePartPipeline(Pipeline[Any, Any]):
    """azure-core's pipeline without the search for multipart bodies, which our requests never have."""

    def _prepare_multipart(self, request: Any) -> None:
        pass


class SyncClient(Client):
    """A client whose calls return when they are done; the I/O on top of `Client`."""

    def close(self) -> None:
        """Close the connections; a later call raises `ValueError`."""
        self._pipeline.__exit__()

    def __enter__(self) -> Self:
        self._pipeline.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _bearer(self, credential: Any, options: dict[str, Any]) -> Any:
        return BearerTokenCredentialPolicy(credential, SCOPE, **options)

    def _build(self, options: dict[str, Any], retry: dict[str, Any], authentication: Any) -> None:
        transport = options.pop("transport", None)
        if transport is None:
            from openrooms.client._transport import Transport

            transport = Transport(**options)
        waiting = (
            options.get("redirect_policy") or SameOriginRedirectPolicy(**options),
            options.get("retry_policy") or BoundedRetryPolicy(**retry),
        )
        self._pipeline = _SinglePartPipeline(transport, policies(options, waiting, authentication))

    def _send(self, call: Call[T], options: dict[str, Any]) -> Response[T]:
        cls, error_map = options.pop("cls", None), options.pop("error_map", None)
        run, request = self._run(call.operation.name), self._request(call, options)
        response: Response[T] = run(self, request, call.read, cls, error_map, **self._defaults, **options)
        return response

    def _pages(self, call: Call[Listed[T]], options: dict[str, Any]) -> Pages[T]:
        def get(link: str | None) -> Page[T]:
            page_options = dict(options)
            cls, error_map = page_options.pop("cls", None), page_options.pop("error_map", None)
            run = self._run(call.operation.name)
            request = self._request(call, page_options) if link is None else self._next(link, page_options)
            response = run(self, request, call.read, None, error_map, **self._defaults, **page_options)
            return self._page(response, cls)

        return Pages(get, self._check_link)

    def _run(self, name: str) -> Callable[..., Any]:
        run = self._runs.get(name)
        if run is None:
            from azure.core.tracing.decorator import distributed_trace

            trace = distributed_trace(name_of_span=f"{type(self).__name__}.{name}")
            run = self._runs[name] = trace(SyncClient._perform)
        return run

    def _perform(
        self,
        request: HttpRequest,
        read: Callable[[bytes], T],
        cls: Callable[..., T] | None,
        error_map: Mapping[int, type[HttpResponseError]] | None,
        /,
        **options: Any,
    ) -> Response[T]:
        # The result is read inside the trace, so that a refused or unreadable answer marks the span as failed.
        return self._result(read, self._pipeline.run(request, **options), cls, error_map)
