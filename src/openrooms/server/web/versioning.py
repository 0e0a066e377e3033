"""The `api-version` of a request, and what is wrong with it.

The codes are those of the ASP.NET versioning library, which Azure's service uses.
"""

import re
from http import HTTPStatus

import msgspec

from openrooms.server.web.messages import HttpError, Request
from openrooms.server.web.routing import Api
from openrooms.wire.versions import canonical

_PARAMETER = "api-version"
_LOOKS_RIGHT = re.compile(r"\d{4}-\d\d-\d\d(?:-[A-Za-z0-9]+)?|\d+(?:\.\d+)?(?:-[A-Za-z0-9]+)?", re.ASCII)


def api_version(request: Request, api: Api) -> str:
    """Return the version asked for, one of the API's; raise `HttpError`."""
    asked = request.query.values.get(_PARAMETER, ())
    if len(asked) == 1:
        version = asked[0]
        if version in api.versions:
            return version
        if (version := canonical(version)) in api.versions:
            return version
    known = {canonical(version) for version in asked if version}
    if not known:
        raise _refusal("ApiVersionUnspecified", "An API version is required, but was not specified.", api)
    if len(known) > 1:
        listed = ", ".join(sorted(known))
        message = f"The request names several API versions: {listed}. Name one and try again."
        raise _refusal("AmbiguousApiVersion", message, api)
    version = known.pop()
    if version in api.versions:
        return version
    code = "UnsupportedApiVersion" if _LOOKS_RIGHT.fullmatch(version) else "InvalidApiVersion"
    address = f"{request.base_url}{request.path.decode('ascii', 'replace')}"
    message = (
        f"The HTTP resource that matches the request URI '{address}' does not support the API version '{version}'."
    )
    raise _refusal(code, message, api)


def _refusal(code: str, message: str, api: Api) -> HttpError:
    body = msgspec.json.encode({"error": {"code": code, "message": message, "innerError": None}})
    return HttpError(HTTPStatus.BAD_REQUEST, code, message, *api.supported, body=body)
