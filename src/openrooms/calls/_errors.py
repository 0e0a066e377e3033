"""The errors of the calls clients, in addition to those of all clients."""

from datetime import datetime
from typing import Any

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from openrooms.calls._models import CallWait
from openrooms.client._reading import moment


class WindowError(HttpResponseError):
    """An error whose body may have a room's window."""

    @property
    def valid_from(self) -> datetime | None:
        """The time at which the room opens, if the window is the reason."""
        return self._moment("validFrom")

    @property
    def valid_until(self) -> datetime | None:
        """The time at which the room closes, if the window is the reason."""
        return self._moment("validUntil")

    @property
    def declined_because(self) -> str | None:
        """The reason that a Presenter gave for declining the caller, if they gave one."""
        reason = self._body.get("reason")
        return reason if isinstance(reason, str) else None

    @property
    def may_ask_at(self) -> datetime | None:
        """The time from which the caller may ask again to be admitted, if they were declined."""
        return self._moment("mayAskAt")

    @property
    def _body(self) -> dict[str, Any]:
        response: Any = self.response
        try:
            body = response.json()["error"]
        except (ValueError, TypeError, KeyError, AttributeError):
            return {}
        return body if isinstance(body, dict) else {}

    def _moment(self, name: str) -> datetime | None:
        text = self._body.get(name)
        try:
            return moment(text) if isinstance(text, str) else None
        except ValueError:
            return None


class CallRefusedError(WindowError, ClientAuthenticationError):
    """The service refuses the caller, whether it knows them or not: status 401 or 403."""

    @property
    def sub_code(self) -> int | None:
        """The reason as a code of Azure's calling SDK: 4507 token, 5828 not on the roster, 5829 outside the window."""
        code = self._body.get("subCode")
        return code if isinstance(code, int) else None


class MustWaitError(CallRefusedError):
    """The caller has to wait before they can join, and waits now: status 202. `waiting` says for what."""

    def __init__(self, waiting: CallWait) -> None:
        awaits = "admits them" if waiting.awaits == "admission" else "is in the call"
        super().__init__(f"the caller waits until a Presenter {awaits}; join again then, or use wait_until_admitted")
        self.status_code = 202
        self.waiting = waiting
