"""What every client is made of: how it is built, and a call on its way through azure-core's pipeline.

`Client` knows everything but how to wait; `SyncClient` and `AsyncClient` add that.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, TypeVar
from urllib.parse import urlencode, urljoin
from uuid import uuid4

import msgspec
from azure.core.exceptions import DecodeError, HttpResponseError, ResourceNotFoundError, ServiceRequestError
from azure.core.pipeline import AsyncPipeline, Pipeline, PipelineResponse
from azure.core.pipeline.policies import (
    AsyncBearerTokenCredentialPolicy,
    BearerTokenCredentialPolicy,
    CustomHookPolicy,
    DistributedTracingPolicy,
    HeadersPolicy,
    HttpLoggingPolicy,
    ProxyPolicy,
    RequestIdPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest
from azure.core.tracing.decorator import distributed_trace
from azure.core.tracing.decorator_async import distributed_trace_async

from openrooms._version import __version__
from openrooms.client import _errors
from openrooms.client._calls import Call, Listed
from openrooms.client._credentials import SCOPE, check_token_credential, key_policy
from openrooms.client._models import Page, Response
from openrooms.client._network import is_sendable
from openrooms.client._paging import AsyncPages, Pages
from openrooms.client._policies import (
    AsyncHomeRedirectPolicy,
    AsyncTunedRetryPolicy,
    HomeRedirectPolicy,
    OneTimeRequest,
    RedactingTracePolicy,
    TunedRetryPolicy,
    retry_options,
)
from openrooms.wire.connection_string import parse_connection_string, parse_endpoint, same_origin

T = TypeVar("T")

CONNECTION_STRING_VARIABLES = ("OPENROOMS_CONNECTION_STRING", "COMMUNICATION_CONNECTION_STRING")
TIMEOUT = 100.0
RETRIES = 3

_REQUEST_ID = "x-ms-client-request-id"
_OWN_IDS = ("request_id", "auto_request_id", "request_id_header_name", "request_id_policy")
_SUCCESS = range(200, 300)
_INSTRUMENTATION = {"library_name": "openrooms", "library_version": __version__}


class _NeverMultipart(Pipeline[Any, Any]):
    """azure-core's pipeline, spared the search for parts that no request of ours has."""

    def _prepare_multipart(self, request: Any) -> None:
        pass


class _AsyncNeverMultipart(AsyncPipeline[Any, Any]):
    """azure-core's pipeline, spared the search for parts that no request of ours has."""

    async def _prepare_multipart(self, request: Any) -> None:
        pass


class Client:
    """A client, without knowing how to wait."""

    _default_version: ClassVar[str]
    _not_found: ClassVar[type[ResourceNotFoundError]] = ResourceNotFoundError
    _instrumentation_config = _INSTRUMENTATION

    def __init__(
        self,
        endpoint: str,
        credential: Any,
        *,
        api_version: str | None = None,
        retries: int = RETRIES,
        timeout: float | None = TIMEOUT,
        **options: Any,
    ) -> None:
        self._endpoint = parse_endpoint(endpoint)
        self._api_version = self._default_version if api_version is None else str(api_version)
        self._presets_id = not any(name in options for name in _OWN_IDS)
        self._defaults: dict[str, Any] = {}
        authentication = options.get("authentication_policy") or key_policy(credential)
        if authentication is None:
            enforce_https = options.pop("enforce_https", True)
            check_token_credential(credential, self._endpoint, enforce_https=enforce_https)
            if self._endpoint.scheme == "http":
                self._defaults["enforce_https"] = False
            authentication = self._bearer(credential, options)
        self._runs: dict[str, Callable[..., Any]] = {}
        self._build(options, retry_options(retries, timeout, options), authentication)

    @classmethod
    def from_connection_string(cls, connection_string: str | None = None, **options: Any) -> Self:
        """Return a client for `endpoint=https://HOST/;accesskey=KEY`; the scheme given is the scheme used.

        `options` are those of the constructor; the string may also be given as `conn_str`. Raise `ValueError` that says
        what is wrong with the string, but does not show it, and `TypeError` if there is none.
        """
        endpoint, key = parse_connection_string(options.pop("conn_str", connection_string))
        return cls(endpoint.url, key.reveal(), **options)

    @classmethod
    def from_environment(cls, **options: Any) -> Self:
        """Return a client for the connection string in `OPENROOMS_CONNECTION_STRING`, else in
        `COMMUNICATION_CONNECTION_STRING`.

        `options` are those of the constructor. Raise `ValueError` if neither is set, or if it is no connection string.
        """
        text = next((os.environ[name] for name in CONNECTION_STRING_VARIABLES if os.environ.get(name)), None)
        if text is None:
            raise ValueError(f"set {CONNECTION_STRING_VARIABLES[0]} to endpoint=https://HOST/;accesskey=KEY")
        return cls.from_connection_string(text, **options)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._endpoint.url!r})"

    def _bearer(self, credential: Any, options: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _build(self, options: dict[str, Any], retry: dict[str, Any], authentication: Any) -> None:
        raise NotImplementedError

    def _request(self, call: Call[Any], options: dict[str, Any]) -> HttpRequest:
        operation = call.operation
        url = self._endpoint.url + operation.target(self._api_version, call.values)
        params = options.pop("params", None)
        if params:
            url += f"&{urlencode(params)}"
        headers = {"Accept": "application/json", **call.headers}
        if operation.sends is not None:
            headers["Content-Type"] = operation.sends
        kind = HttpRequest if operation.repeatable else OneTimeRequest
        return self._identified(kind(operation.method, url, headers=headers, content=call.body or None))

    def _next(self, link: str, options: dict[str, Any]) -> HttpRequest:
        """Return the request for a further page, as the service wrote it."""
        options.pop("params", None)
        try:
            self._check_link(link)
        except ValueError as error:
            raise ServiceRequestError(f"the list cannot go on: {error}", error=error) from error
        url = urljoin(self._endpoint.url, link)
        return self._identified(HttpRequest("GET", url, headers={"Accept": "application/json"}))

    def _identified(self, request: HttpRequest) -> HttpRequest:
        if self._presets_id:
            request.headers[_REQUEST_ID] = str(uuid4())
        return request

    def _check_link(self, link: str) -> None:
        if not is_sendable(link):
            raise ValueError("a continuation token must be a URL, percent-encoded")
        if not same_origin(self._endpoint, urljoin(self._endpoint.url, link)):
            raise ValueError(
                f"a continuation token must lead to {self._endpoint.url}: this key signs requests to nobody else"
            )

    def _result(
        self,
        read: Callable[[bytes], T],
        piped: PipelineResponse[Any, Any],
        cls: Callable[..., T] | None,
        error_map: Mapping[int, type[HttpResponseError]] | None,
    ) -> Response[T]:
        raw = piped.http_response
        if raw.status_code not in _SUCCESS:
            raise _errors.failure(raw, self._not_found, error_map)
        try:
            value = read(raw.content)
        except (msgspec.DecodeError, ValueError, OverflowError, RecursionError) as error:
            raise _errors.filled(DecodeError(response=raw), _errors.unreadable(raw, str(error))) from error
        return Response(value if cls is None else cls(piped, value, dict(raw.headers)), raw)

    def _page(self, response: Response[Listed[T]], cls: Callable[[list[T]], list[T]] | None) -> Page[T]:
        items, link = response.value
        return Page(items if cls is None else cls(items), link or None, Response(None, response.raw))


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
        self._pipeline = _NeverMultipart(transport, _policies(options, waiting, authentication))

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


class AsyncClient(Client):
    """A client whose calls are awaited."""

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
            options.get("redirect_policy") or AsyncHomeRedirectPolicy(**options),
            options.get("retry_policy") or AsyncTunedRetryPolicy(**retry),
        )
        self._pipeline = _AsyncNeverMultipart(transport, _policies(options, waiting, authentication))

    async def _send(self, call: Call[T], options: dict[str, Any]) -> Response[T]:
        cls, error_map = options.pop("cls", None), options.pop("error_map", None)
        run, request = self._run(call.operation.name), self._request(call, options)
        response: Response[T] = await run(self, request, call.read, cls, error_map, **self._defaults, **options)
        return response

    def _pages(self, call: Call[Listed[T]], options: dict[str, Any]) -> AsyncPages[T]:
        async def get(link: str | None) -> Page[T]:
            given = dict(options)
            cls, error_map = given.pop("cls", None), given.pop("error_map", None)
            run = self._run(call.operation.name)
            request = self._request(call, given) if link is None else self._next(link, given)
            response = await run(self, request, call.read, None, error_map, **self._defaults, **given)
            return self._page(response, cls)

        return AsyncPages(get, self._check_link)

    def _run(self, name: str) -> Callable[..., Any]:
        run = self._runs.get(name)
        if run is None:
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
        # What is traced: a call has failed if its answer is refused, too.
        return self._result(read, await self._pipeline.run(request, **options), cls, error_map)


def _policies(options: dict[str, Any], waiting: tuple[Any, Any], authentication: Any) -> list[Any]:
    """Return the policies in order: once a call, then once a try; the last one signs what is really sent."""
    per_call, per_retry = _several(options.get("per_call_policies")), _several(options.get("per_retry_policies"))
    if options.get("policies") is not None:
        return [*per_call, *options["policies"], *per_retry]
    proxy = options.get("proxy_policy") or (ProxyPolicy(**options) if options.get("proxies") else None)
    policies = [
        options.get("request_id_policy") or RequestIdPolicy(**options),
        options.get("headers_policy") or HeadersPolicy(**options),
        options.get("user_agent_policy") or _user_agent(options),
        proxy,
        *per_call,
        *waiting,
        options.get("custom_hook_policy") or CustomHookPolicy(**options),
        *per_retry,
        options.get("logging_policy") or RedactingTracePolicy(**options),
        DistributedTracingPolicy(**{"instrumentation_config": _INSTRUMENTATION, **options}),
        options.get("http_logging_policy") or HttpLoggingPolicy(**options),
        authentication,
    ]
    return [policy for policy in policies if policy is not None]


def _user_agent(options: dict[str, Any]) -> UserAgentPolicy:
    import platform

    return UserAgentPolicy(f"openrooms/{__version__} Python/{platform.python_version()}", **options)


def _several(policies: Any) -> list[Any]:
    if policies is None:
        return []
    return list(policies) if isinstance(policies, list | tuple) else [policies]
