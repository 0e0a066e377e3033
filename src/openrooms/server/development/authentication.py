"""Authentication of a development service, whose clock can be moved while its clients' clocks cannot."""

from typing import Any

from openrooms._clock import MovableClock, real_time
from openrooms.domain.moments import Moment
from openrooms.server.web.auth import Authenticator
from openrooms.server.web.messages import Request
from openrooms.wire.operations import GET_CLOCK

_OWN = GET_CLOCK.path.rpartition("/")[0].encode("ascii") + b"/"


class DevelopmentAuthenticator(Authenticator):
    """Also accepts signatures dated near the machine's time, unless the clock's signatures are strict.

    The development service's own operations always accept them, or a moved clock could not be moved back.
    """

    def __init__(self, *arguments: Any, movable: MovableClock, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._movable = movable

    def is_current(self, request: Request, sent: Moment) -> bool:
        if super().is_current(request, sent):
            return True
        is_strict = self._movable.strict_signatures and not request.path.startswith(_OWN)
        return not is_strict and abs(real_time() - sent) <= self.skew
