"""Reads the `api-version` of requests and refuses invalid ones.

The error codes are those of the ASP.NET versioning library, which Azure's service uses: docs/evidence.md#api-versions.
"""

import re
from http import HTTPStatus

import msgspec
import structlog

from openrooms.server.web.messages import HttpError, Request
from openrooms.server.web.routing import Api
from openrooms.wire.versions import canonical

_PARAMETER = "api-version"
_DATED = re.compile(r"\d{4}-\d\d-\d\d(?:-[A-Za-z0-9]{1,32})?", re.ASCII)
_DATE = len("2025-03-13")
_MOST_LOGGED = 100
_LOOKS_RIGHT = re.compile(r"\d{4}-\d\d-\d\d(?:-[A-Za-z0-9]+)?|\d+(?:\.\d+)?(?:-[A-Za-z0-9]+)?", re.ASCII)

_log = structlog.get_logger("openrooms.web")


class Versions:
    """Reads the `api-version` of requests.

    With `newest_for_unknown`, a version later than all versions of an API counts as the newest one, so that a new
    release of an SDK keeps working. Each such version is logged once.
    """

    def __init__(self, *, newest_for_unknown: bool = False) -> None:
        self._newest_for_unknown = newest_for_unknown
        self._logged: set[str] = set()

    def of(self, request: Request, api: Api) -> str:
        """Return the API's version for the answer; raise `HttpError`."""
        values = request.query.values.get(_PARAMETER, ())
        if len(values) == 1:
            version = values[0]
            if version in api.versions:
                return version
            if (version := canonical(version)) in api.versions:
                return version
        requested = {canonical(version) for version in values if version}
        if not requested:
            raise _refusal("ApiVersionUnspecified", "An API version is required, but was not specified.", api)
        if len(requested) > 1:
            listed = ", ".join(sorted(requested))
            message = f"The request names several API versions: {listed}. Name one and try again."
            raise _refusal("AmbiguousApiVersion", message, api)
        version = requested.pop()
        if version in api.versions:
            return version
        newest = max(api.versions)
        if self._newest_for_unknown and _DATED.fullmatch(version) and version[:_DATE] > newest[:_DATE]:
            self._log_unknown(version, newest)
            return newest
        code = "UnsupportedApiVersion" if _LOOKS_RIGHT.fullmatch(version) else "InvalidApiVersion"
        address = f"{request.base_url}{request.path.decode('ascii', 'replace')}"
        message = (
            f"The HTTP resource that matches the request URI '{address}' does not support the API version '{version}'."
        )
        raise _refusal(code, message, api)

    def _log_unknown(self, version: str, newest: str) -> None:
        if version not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(version)
            _log.warning(
                "a client requested an unknown api-version; it gets the newest one",
                requested=version,
                used=newest,
            )


def _refusal(code: str, message: str, api: Api) -> HttpError:
    body = msgspec.json.encode({"error": {"code": code, "message": message, "innerError": None}})
    return HttpError(HTTPStatus.BAD_REQUEST, code, message, *api.supported, body=body)
