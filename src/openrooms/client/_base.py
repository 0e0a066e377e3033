"""The base class of every client: construction, and the requests and results of calls through azure-core's pipeline.

`Client` does no I/O; `SyncClient` and `AsyncClient` add it.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, TypeVar
from urllib.parse import urlencode, urljoin
from uuid import uuid4

from azure.core.exceptions import DecodeError, HttpResponseError, ResourceNotFoundError, ServiceRequestError
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import (
    CustomHookPolicy,
    DistributedTracingPolicy,
    HeadersPolicy,
    HttpLoggingPolicy,
    ProxyPolicy,
    RequestIdPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest

from openrooms._version import __version__
from openrooms.client import _errors
from openrooms.client._calls import Call, Listed
from openrooms.client._credentials import check_token_credential, key_policy
from openrooms.client._models import Page, Response
from openrooms.client._network import is_sendable
from openrooms.client._policies import (
    OneTimeRequest,
    RedactingTracePolicy,
    retry_options,
)
from openrooms.wire.connection_string import (
    VARIABLES,
    parse_connection_string,
    parse_endpoint,
    same_origin,
    variable_in,
)

T = TypeVar("T")

TIMEOUT = 100.0
RETRIES = 3

_REQUEST_ID = "x-ms-client-request-id"
_OWN_IDS = ("request_id", "auto_request_id", "request_id_header_name", "request_id_policy")
_SUCCESS = range(200, 300)
_INSTRUMENTATION = {"library_name": "openrooms", "library_version": __version__}


class Client:
    """The part of a client that does no I/O."""

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
        self._url = self._endpoint.url
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
        """Return a client for the connection string `endpoint=https://HOST/;accesskey=KEY`, with the scheme it names.

        `options` are those of the constructor; `conn_str` is another name for the string. Raise `ValueError` if the
        string is malformed (the message does not show the string), and `TypeError` if it is missing.
        """
        endpoint, key = parse_connection_string(options.pop("conn_str", connection_string))
        return cls(endpoint.url, key.reveal(), **options)

    @classmethod
    def from_environment(cls, **options: Any) -> Self:
        """Return a client for the connection string in the environment.

        The first of these variables that is set is used: `OPENROOMS_CONNECTION_STRING`,
        `COMMUNICATION_CONNECTION_STRING`, `AZURE_COMMUNICATION_CONNECTION_STRING`,
        `COMMUNICATION_SERVICES_CONNECTION_STRING`. `options` are those of the constructor. Raise `ValueError` if none
        is set, or if the variable's connection string is malformed.
        """
        name = variable_in(os.environ)
        if name is None:
            raise ValueError(f"set {VARIABLES[0]} to endpoint=https://HOST/;accesskey=KEY")
        try:
            endpoint, key = parse_connection_string(os.environ[name])
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        return cls(endpoint.url, key.reveal(), **options)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._url!r})"

    def _bearer(self, credential: Any, options: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _build(self, options: dict[str, Any], retry: dict[str, Any], authentication: Any) -> None:
        raise NotImplementedError

    def _request(self, call: Call[Any], options: dict[str, Any]) -> HttpRequest:
        operation = call.operation
        url = self._url + operation.target(self._api_version, call.values)
        params = options.pop("params", None)
        if params:
            url += f"&{urlencode(params)}"
        headers = {**self._headers(), **call.headers}
        if operation.sends is not None:
            headers["Content-Type"] = operation.sends
        kind = HttpRequest if operation.repeatable else OneTimeRequest
        return kind(operation.method, url, headers=headers, content=call.body or None)

    def _next(self, link: str, options: dict[str, Any]) -> HttpRequest:
        """Return the request for a further page; `link` is the URL that the service sent."""
        options.pop("params", None)
        try:
            self._check_link(link)
        except ValueError as error:
            raise ServiceRequestError(f"the next page of the list cannot be requested: {error}", error=error) from error
        url = urljoin(self._url, link)
        return HttpRequest("GET", url, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if self._presets_id:
            headers[_REQUEST_ID] = str(uuid4())
        return headers

    def _check_link(self, link: str) -> None:
        if not is_sendable(link):
            raise ValueError("a continuation token must be a URL, percent-encoded")
        if not same_origin(self._endpoint, urljoin(self._url, link)):
            raise ValueError(f"a continuation token must lead to {self._url}: requests to other servers are not signed")

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
        except (ValueError, OverflowError, RecursionError) as error:
            raise _errors.filled(DecodeError(response=raw), _errors.unreadable(raw, str(error))) from error
        return Response(value if cls is None else cls(piped, value, dict(raw.headers)), raw)

    def _page(self, response: Response[Listed[T]], cls: Callable[[list[T]], list[T]] | None) -> Page[T]:
        items, link = response.value
        return Page(items if cls is None else cls(items), link or None, Response(None, response.raw))


def policies(options: dict[str, Any], waiting: tuple[Any, Any], authentication: Any) -> list[Any]:
    """Return the policies in order: once per call, then once per attempt; the last one signs the request."""
    per_call, per_retry = _as_list(options.get("per_call_policies")), _as_list(options.get("per_retry_policies"))
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


def _as_list(policies: Any) -> list[Any]:
    if policies is None:
        return []
    return list(policies) if isinstance(policies, list | tuple) else [policies]
