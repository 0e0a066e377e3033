"""What sync clients add to `Client`: how they wait."""

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
from openrooms.client._policies import HomeRedirectPolicy, TunedRetryPolicy

T = TypeVar("T")


class _NeverMultipart(Pipeline[Any, Any]):
    """azure-core's pipeline, spared the search for parts that no request of ours has."""

    def _prepare_multipart(self, request: Any) -> None:
        pass


class SyncClient(Client):
    """A client whose calls return when they are done."""

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
            options.get("redirect_policy") or HomeRedirectPolicy(**options),
            options.get("retry_policy") or TunedRetryPolicy(**retry),
        )
        self._pipeline = _NeverMultipart(transport, policies(options, waiting, authentication))

    def _send(self, call: Call[T], options: dict[str, Any]) -> Response[T]:
        cls, error_map = options.pop("cls", None), options.pop("error_map", None)
        run, request = self._run(call.operation.name), self._request(call, options)
        response: Response[T] = run(self, request, call.read, cls, error_map, **self._defaults, **options)
        return response

    def _pages(self, call: Call[Listed[T]], options: dict[str, Any]) -> Pages[T]:
        def get(link: str | None) -> Page[T]:
            given = dict(options)
            cls, error_map = given.pop("cls", None), given.pop("error_map", None)
            run = self._run(call.operation.name)
            request = self._request(call, given) if link is None else self._next(link, given)
            response = run(self, request, call.read, None, error_map, **self._defaults, **given)
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
        # What is traced: a call has failed if its answer is refused, too.
        return self._result(read, self._pipeline.run(request, **options), cls, error_map)
