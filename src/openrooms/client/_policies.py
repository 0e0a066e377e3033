"""Policies for azure-core's pipeline: signing, retries, redirects, and logging without secrets."""

import re
import time
from abc import abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urljoin

from azure.core.exceptions import (
    AzureError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    NetworkTraceLoggingPolicy,
    RedirectPolicy,
    RetryPolicy,
    SansIOHTTPPolicy,
)
from azure.core.pipeline.transport import AsyncHttpTransport, HttpTransport
from azure.core.rest import HttpRequest

from openrooms.client._http1 import http_date
from openrooms.client._network import MOST_SECONDS, describe, is_permanent, is_sendable, seconds, split_url
from openrooms.wire.connection_string import parse_endpoint, same_origin
from openrooms.wire.signing import AUTHORIZATION_PREFIX, AccessKey, content_hash, string_to_sign

if TYPE_CHECKING:
    from azure.core.pipeline.policies._redirect import RedirectPolicyBase
    from azure.core.pipeline.policies._retry import RetryPolicyBase
else:
    # azure-core only exports the subclasses; at run time, `super()` reaches these bases through them.
    RedirectPolicyBase = RetryPolicyBase = object

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
"""The statuses after which a request is repeated."""

# After these statuses the service has not carried out the request. After a 503 it may have, if the outcome of a commit
# was lost.
_NOT_CARRIED_OUT = frozenset({408, 429})
_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE"})
_LIMITS = (("connection_timeout", "timeout"), ("read_timeout", "read_timeout"))
_SECRET_HEADERS = ("Authorization", "Proxy-Authorization")
_SECRET_JSON = r'("[A-Za-z_]*(?:[Tt]oken|[Ss]ecret)"\s*:\s*")[^"]*'  # noqa: S105 - a pattern of secrets
_HIDDEN = "REDACTED"
_NOTHING = content_hash(b"")


class KeyCredential(Protocol):
    """An object with a key, such as azure-core's `AzureKeyCredential`; the key may change during use."""

    @property
    @abstractmethod
    def key(self) -> str:
        """The access key in base64, as in a connection string."""


class SignaturePolicy(SansIOHTTPPolicy[Any, Any]):
    """A policy that signs each attempt; it must be the last policy before the transport.

    The signature is removed from the request after the attempt, so that nothing can log it.
    https://learn.microsoft.com/azure/communication-services/tutorials/hmac-header-tutorial
    """

    def __init__(self, credential: KeyCredential) -> None:
        """Create the policy; raise `ValueError` if the credential's key is not base64."""
        super().__init__()
        self._credential = credential
        # One attribute for both, so that no thread sees the text of one key with the parsed value of another.
        self._last = _parsed(credential.key)

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Add the date, the content hash and the signature to the request."""
        http = request.http_request
        origin, target = split_url(http.url)
        content = http.content
        body = content.encode() if isinstance(content, str) else content
        body_hash = content_hash(body) if body else _NOTHING
        date = http_date(int(time.time()))
        host = http.headers.get("Host") or _host(origin)
        signature = self._current_key().sign(string_to_sign(http.method, target, date, host, body_hash))
        http.headers["x-ms-date"] = date
        http.headers["x-ms-content-sha256"] = body_hash
        http.headers["Authorization"] = f"{AUTHORIZATION_PREFIX}{signature}"

    def on_response(self, request: PipelineRequest[HttpRequest], response: PipelineResponse[Any, Any]) -> None:
        """Remove the signature from the request."""
        request.http_request.headers.pop("Authorization", None)

    def on_exception(self, request: PipelineRequest[HttpRequest]) -> None:
        """Remove the signature from the request."""
        request.http_request.headers.pop("Authorization", None)

    def _current_key(self) -> AccessKey:
        text = self._credential.key
        last = self._last
        if text != last[0]:
            last = self._last = _parsed(text)
        return last[1]


class OneTimeRequest(HttpRequest):
    """A request that must not be carried out twice; it is repeated only if it was certainly not carried out."""


class BoundedRetries(RetryPolicyBase):
    """Retry rules for requests of every method, limited by the call's timeout.

    The Repeatability-Request-ID makes creating a room safe to repeat, and most other operations are idempotent; a
    `OneTimeRequest` is neither.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._retry_on_status_codes = {*RETRIED, *options.get("retry_on_status_codes", ())}

    def configure_retries(self, options: dict[str, Any]) -> dict[str, Any]:
        options.setdefault("retry_on_methods", _METHODS)
        settings = super().configure_retries(options)
        settings["timeout"] = seconds("timeout", settings["timeout"])
        settings["deadline"] = time.monotonic() + settings["timeout"]
        return settings

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        if isinstance(response.http_request, OneTimeRequest) and not _was_not_carried_out(response.http_response):
            return False
        return bool(super().is_retry(settings, response))

    def increment(self, settings: dict[str, Any], response: Any = None, error: Exception | None = None) -> bool:
        if isinstance(error, ServiceResponseError) and isinstance(response.http_request, OneTimeRequest):
            return False
        if isinstance(error, AzureError) and is_permanent(error.inner_exception):
            return False
        if not super().increment(settings, response=response, error=error):
            return False
        return bool(time.monotonic() + self._pause(settings, response) < settings["deadline"])

    def get_retry_after(self, response: Any) -> float | None:
        try:
            return super().get_retry_after(response)
        except (ValueError, TypeError, OverflowError):
            # The header is neither seconds nor a date. The server asks for a pause, so use the default one.
            return None

    def _pause(self, settings: dict[str, Any], response: Any) -> float:
        retry_after = self.get_retry_after(response) if isinstance(response, PipelineResponse) else None
        return retry_after or self.get_backoff_time(settings)

    def _configure_timeout(self, request: Any, absolute_timeout: float, is_response_error: bool) -> None:
        if absolute_timeout <= 0:
            kind = ServiceResponseTimeoutError if is_response_error else ServiceRequestTimeoutError
            raise kind(f"{describe(request.http_request)}: the call's timeout leaves no time for another attempt")
        # azure-core's implementation only limits the time for connecting.
        super()._configure_timeout(request, absolute_timeout, is_response_error)
        options = request.context.options
        config = getattr(request.context.transport, "connection_config", None)
        for option, attribute in _LIMITS:
            limit = options.get(option, getattr(config, attribute, MOST_SECONDS))
            if limit is None or (isinstance(limit, int | float) and absolute_timeout < limit):
                # azure-core's transport for `requests` on threads has one limit for both.
                if option == "read_timeout" and _is_sync_and_async(request.context.transport):
                    continue
                options[option] = absolute_timeout


class BoundedRetryPolicy(BoundedRetries, RetryPolicy):  # type: ignore[type-arg]
    """azure-core's retry policy with the rules of `BoundedRetries`."""


class SameOriginRedirects(RedirectPolicyBase):
    """Redirect rules: follow only redirects to the same scheme, host and port, because requests are signed."""

    def get_redirect_location(self, response: PipelineResponse[Any, Any]) -> Any:
        location = super().get_redirect_location(response)
        if not location:
            return location
        url = response.http_request.url
        try:
            target = urljoin(url, location)
        except ValueError:
            return False
        origin = parse_endpoint(split_url(url)[0])
        return location if is_sendable(target) and same_origin(origin, target) else False


class SameOriginRedirectPolicy(SameOriginRedirects, RedirectPolicy):  # type: ignore[type-arg]
    """azure-core's redirect policy with the rules of `SameOriginRedirects`."""


class RedactingTracePolicy(NetworkTraceLoggingPolicy):
    """azure-core's logging of whole requests and answers (`logging_enable=True`), with secrets redacted."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Log the request without its secrets."""
        http = request.http_request
        if not request.context.options.get("logging_enable", self.enable_http_logger):
            super().on_request(request)
            return
        headers = {name: _HIDDEN if name.title() in _SECRET_HEADERS else value for name, value in http.headers.items()}
        content = http.content
        body = content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content or "")
        redacted = HttpRequest(http.method, http.url, headers=headers, content=_redacted(body))
        super().on_request(PipelineRequest(redacted, request.context))

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Log the answer without its secrets."""
        if response.context.get("logging_enable"):
            redacted: PipelineResponse[Any, Any] = PipelineResponse(
                response.http_request, _RedactedResponse(response.http_response), response.context
            )
            super().on_response(request, redacted)


class _RedactedResponse:
    """The parts of a response that azure-core logs, with secrets redacted."""

    def __init__(self, response: Any) -> None:
        self.status_code = response.status_code
        self.headers = response.headers
        self._response = response

    def text(self) -> str:
        return _redacted(self._response.text())


def _redacted(text: str) -> str:
    return re.sub(_SECRET_JSON, rf"\1{_HIDDEN}", text)


def retry_options(retries: int, timeout: float | None, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a retry policy; azure-core's own keywords override `retries`.

    Raise `TypeError` or `ValueError` if `retries` is not a count or `timeout` is not a number of seconds.
    """
    if isinstance(retries, bool) or not isinstance(retries, int):
        raise TypeError(f"retries must be an int, not {type(retries).__name__}")
    if retries < 0:
        raise ValueError(f"retries must not be negative, as {retries} is; 0 means one attempt")
    seconds("timeout", timeout)
    counts = dict.fromkeys(("retry_total", "retry_connect", "retry_read", "retry_status"), retries)
    return {**counts, **options, "timeout": timeout}


def _parsed(text: str) -> tuple[str, AccessKey]:
    return text, AccessKey(text)


def _is_sync_and_async(transport: object) -> bool:
    return isinstance(transport, HttpTransport) and isinstance(transport, AsyncHttpTransport)


def _was_not_carried_out(response: Any) -> bool:
    return response.status_code in _NOT_CARRIED_OUT


@lru_cache(maxsize=64)
def _host(origin: str) -> str:
    return parse_endpoint(origin).netloc
