"""Authentication of a development service, whose clock can be moved while its clients' clocks cannot."""

from typing import Any

from openrooms._clock import MovableClock, real_time
from openrooms.domain.faults import AccessKeyName
from openrooms.domain.moments import Moment
from openrooms.server.core.resources import Resources
from openrooms.server.development.faults import Faults
from openrooms.server.web.auth import Authenticator
from openrooms.server.web.messages import Caller, Request
from openrooms.wire.operations import GET_CLOCK, Access

_OWN = GET_CLOCK.path.rpartition("/")[0].encode("ascii") + b"/"


class DevelopmentAuthenticator(Authenticator):
    """Also accepts signatures dated near the machine's time, unless the clock's signatures are strict.

    The development service's own operations always accept them, or a moved clock could not be moved back.
    """

    def __init__(
        self, resources: Resources, *arguments: Any, movable: MovableClock, faults: Faults, **options: Any
    ) -> None:
        super().__init__(resources, *arguments, **options)
        self._tenants = resources
        self._movable = movable
        self._faults = faults

    async def identify(self, request: Request, access: Access = Access.OPERATOR) -> Caller:
        """Return the caller; raise `NotAuthenticated` also if a fault has replaced their key."""
        caller = await super().identify(request, access)
        tenant = self._tenants.find(request.host)
        if self._faults and tenant is not None:
            for name, key in zip(AccessKeyName, tenant.callers, strict=False):
                if caller.name == key:
                    self._faults.check_key(request, name)
        return caller

    def is_current(self, request: Request, sent: Moment) -> bool:
        if super().is_current(request, sent):
            return True
        is_strict = self._movable.strict_signatures and not request.path.startswith(_OWN)
        return not is_strict and abs(real_time() - sent) <= self.skew
