"""The status of the service and its settings, for operators of a resource."""

from collections.abc import Callable, Sequence

import msgspec

from openrooms._version import __version__
from openrooms.domain.identities import ResourceId
from openrooms.server.core.rates import Rate, Rates
from openrooms.server.core.readiness import Part, Readiness
from openrooms.server.web.limits import Limits
from openrooms.server.web.messages import OK, UNCACHED_JSON, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.administration import LimitModel, PartModel, SettingList, SettingModel, StatusModel

ShownSettings = Callable[[ResourceId], Sequence[tuple[str, str]]]
"""Returns the settings that the operators of a resource may see: flags, and values without secrets."""

_encode = msgspec.json.Encoder().encode


class StatusHandlers:
    """The operations that show the status of the process and its settings."""

    def __init__(self, readiness: Readiness, limits: Limits, rates: Rates | None, settings: ShownSettings) -> None:
        self._readiness = readiness
        self._limits = limits
        self._rates = rates
        self._settings = settings

    def routes(self) -> list[Route]:
        """Return the routes of status and settings."""
        return [Route(operations.GET_STATUS, self.get), Route(operations.LIST_SETTINGS, self.list_settings)]

    async def get(self, request: Request) -> Response:
        report = await self._readiness.report()
        refused = self._limits.refused(request.caller.resource)
        limits = [
            LimitModel(name, _rate(getattr(self._rates, name, None)), refused.get(name, 0))
            for name in Rates.__struct_fields__
        ]
        status = StatusModel(__version__, _part(report.database), _part(report.calls), limits)
        return Response(OK, _encode(status), UNCACHED_JSON)

    async def list_settings(self, request: Request) -> Response:
        shown = [SettingModel(name, value) for name, value in self._settings(request.caller.resource)]
        return Response(OK, _encode(SettingList(shown)), UNCACHED_JSON)


def _part(part: Part) -> PartModel:
    return PartModel(part.status, part.seconds, part.reason)


def _rate(rate: Rate | None) -> str:
    return "off" if rate is None else f"{rate.per_second:g}:{rate.burst}"
