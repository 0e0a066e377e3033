"""azure-core's policies as this service needs them: signature, retries, redirects and what may be logged."""

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
    # Only the mixed classes are public; what their bases do is reached by way of them.
    RedirectPolicyBase = RetryPolicyBase = object

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
"""The statuses after which a request is tried again."""

# With these the service says that it did nothing; a 503 may be the answer to a commit whose outcome was lost.
_REFUSED = frozenset({408, 429})
_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE"})
_LIMITS = (("connection_timeout", "timeout"), ("read_timeout", "read_timeout"))
_SECRET_HEADERS = ("Authorization", "Proxy-Authorization")
_SECRET_JSON = r'("[A-Za-z_]*[Tt]oken"\s*:\s*")[^"]*'  # noqa: S105 - what secrets look like
_HIDDEN = "REDACTED"
_NOTHING = content_hash(b"")


class KeyCredential(Protocol):
    """Anything with a key, such as azure-core's `AzureKeyCredential`; the key may change while in use."""

    @property
    @abstractmethod
    def key(self) -> str:
        """The access key as in a connection string."""


class SignaturePolicy(SansIOHTTPPolicy[Any, Any]):
    """Signs each try over what is sent: the last policy before the transport.

    The signature is on the request only while it is under way, so that nothing can log it.
    https://learn.microsoft.com/azure/communication-services/tutorials/hmac-header-tutorial
    """

    def __init__(self, credential: KeyCredential) -> None:
        """Take the credential; raise `ValueError` unless its key is base64."""
        super().__init__()
        self._credential = credential
        # One attribute, so that no thread finds the text of one key beside another key.
        self._last = _parsed(credential.key)

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Put date, content hash and signature on the request."""
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
        """Take the signature off."""
        request.http_request.headers.pop("Authorization", None)

    def on_exception(self, request: PipelineRequest[HttpRequest]) -> None:
        """Take the signature off."""
        request.http_request.headers.pop("Authorization", None)

    def _current_key(self) -> AccessKey:
        text = self._credential.key
        last = self._last
        if text != last[0]:
            last = self._last = _parsed(text)
        return last[1]


class OneTimeRequest(HttpRequest):
    """A request that must not be carried out twice: it is tried again only if it surely was not carried out."""


class Tuned(RetryPolicyBase):
    """Retries of every method, as long as the time allowed for the call has room for the next try.

    Creating a room is safe to repeat by its Repeatability-Request-ID, most others by what they mean; a
    `OneTimeRequest` is not.
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
        if isinstance(response.http_request, OneTimeRequest) and not _was_refused(response.http_response):
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
            # Neither seconds nor a date: the server wants a pause, so the usual one.
            return None

    def _pause(self, settings: dict[str, Any], response: Any) -> float:
        asked = self.get_retry_after(response) if isinstance(response, PipelineResponse) else None
        return asked or self.get_backoff_time(settings)

    def _configure_timeout(self, request: Any, absolute_timeout: float, is_response_error: bool) -> None:
        if absolute_timeout <= 0:
            kind = ServiceResponseTimeoutError if is_response_error else ServiceRequestTimeoutError
            raise kind(f"{describe(request.http_request)}: no time left for a try within the call's timeout")
        # azure-core's own limits only the time for a connection.
        super()._configure_timeout(request, absolute_timeout, is_response_error)
        options = request.context.options
        config = getattr(request.context.transport, "connection_config", None)
        for option, attribute in _LIMITS:
            limit = options.get(option, getattr(config, attribute, MOST_SECONDS))
            if limit is None or (isinstance(limit, int | float) and absolute_timeout < limit):
                # `requests` on threads, as azure-core has it, has one limit for both.
                if option == "read_timeout" and _is_sync_and_async(request.context.transport):
                    continue
                options[option] = absolute_timeout


class TunedRetryPolicy(Tuned, RetryPolicy):  # type: ignore[type-arg]
    """azure-core's retry policy, for every method and within the call's time."""


class AtHome(RedirectPolicyBase):
    """Follows no redirect to another scheme, host or port: requests to strangers must not be signed."""

    def get_redirect_location(self, response: PipelineResponse[Any, Any]) -> Any:
        location = super().get_redirect_location(response)
        if not location:
            return location
        here = response.http_request.url
        try:
            target = urljoin(here, location)
        except ValueError:
            return False
        home = parse_endpoint(split_url(here)[0])
        return location if is_sendable(target) and same_origin(home, target) else False


class HomeRedirectPolicy(AtHome, RedirectPolicy):  # type: ignore[type-arg]
    """azure-core's redirect policy, within the service."""


class RedactingTracePolicy(NetworkTraceLoggingPolicy):
    """azure-core's log of whole requests and answers (`logging_enable=True`), without what is secret in them."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Log the request."""
        http = request.http_request
        if not request.context.options.get("logging_enable", self.enable_http_logger):
            super().on_request(request)
            return
        headers = {name: _HIDDEN if name.title() in _SECRET_HEADERS else value for name, value in http.headers.items()}
        content = http.content
        body = content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content or "")
        shown = HttpRequest(http.method, http.url, headers=headers, content=_redacted(body))
        super().on_request(PipelineRequest(shown, request.context))

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Log the answer."""
        if response.context.get("logging_enable"):
            shown: PipelineResponse[Any, Any] = PipelineResponse(
                response.http_request, _Shown(response.http_response), response.context
            )
            super().on_response(request, shown)


class _Shown:
    """What the log reads of an answer."""

    def __init__(self, response: Any) -> None:
        self.status_code = response.status_code
        self.headers = response.headers
        self._response = response

    def text(self) -> str:
        return _redacted(self._response.text())


def _redacted(text: str) -> str:
    return re.sub(_SECRET_JSON, rf"\1{_HIDDEN}", text)


def retry_options(retries: int, timeout: float | None, options: dict[str, Any]) -> dict[str, Any]:
    """Return what to make a retry policy with: azure-core's keywords win over ours.

    Raise `TypeError` or `ValueError` for what is no count or no time.
    """
    if isinstance(retries, bool) or not isinstance(retries, int):
        raise TypeError(f"retries must be an int, not {type(retries).__name__}")
    if retries < 0:
        raise ValueError(f"retries must not be negative, as {retries} is; 0 means one try")
    seconds("timeout", timeout)
    counts = dict.fromkeys(("retry_total", "retry_connect", "retry_read", "retry_status"), retries)
    return {**counts, **options, "timeout": timeout}


def _parsed(text: str) -> tuple[str, AccessKey]:
    return text, AccessKey(text)


def _is_sync_and_async(transport: object) -> bool:
    return isinstance(transport, HttpTransport) and isinstance(transport, AsyncHttpTransport)


def _was_refused(response: Any) -> bool:
    return response.status_code in _REFUSED


@lru_cache(maxsize=64)
def _host(origin: str) -> str:
    return parse_endpoint(origin).netloc
