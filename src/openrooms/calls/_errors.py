"""What the calls clients raise beside the errors of every client."""

from datetime import datetime
from typing import Any

from azure.core.exceptions import ClientAuthenticationError

from openrooms.client._reading import moment


class CallRefusedError(ClientAuthenticationError):
    """The service knows the person, or does not, and says no: status 401 or 403."""

    @property
    def sub_code(self) -> int | None:
        """Why, as Azure's calling SDK numbers it: 4507 token, 5828 not on the roster, 5829 outside of the window."""
        code = self._told.get("subCode")
        return code if isinstance(code, int) else None

    @property
    def valid_from(self) -> datetime | None:
        """When the room opens, if that is why."""
        return self._moment("validFrom")

    @property
    def valid_until(self) -> datetime | None:
        """When the room closes, if that is why."""
        return self._moment("validUntil")

    @property
    def _told(self) -> dict[str, Any]:
        response: Any = self.response
        try:
            told = response.json()["error"]
        except (ValueError, TypeError, KeyError, AttributeError):
            return {}
        return told if isinstance(told, dict) else {}

    def _moment(self, name: str) -> datetime | None:
        text = self._told.get(name)
        try:
            return moment(text) if isinstance(text, str) else None
        except ValueError:
            return None
