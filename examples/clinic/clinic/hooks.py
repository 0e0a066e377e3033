"""The events that the service delivers: signed messages, each of which may come twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from standardwebhooks import Webhook, WebhookVerificationError

CALL_ENDED = "Microsoft.Communication.CallEnded"


class Forged(Exception):
    """A message does not come from the service."""


@dataclass(frozen=True)
class CallEnded:
    """The call of a room is over."""

    room_id: str
    at: datetime


class Hooks:
    """Reads messages that are signed with the secret of the clinic's subscription."""

    def __init__(self, secret: str) -> None:
        """Take the secret; without one, every message counts as forged."""
        self._webhook = Webhook(secret) if secret else None

    def read(self, body: bytes, headers: Mapping[str, str]) -> CallEnded | None:
        """Return the event if it is one that matters here; raise `Forged`."""
        if self._webhook is None:
            raise Forged
        try:
            event = self._webhook.verify(body, dict(headers))
        except WebhookVerificationError as error:
            raise Forged from error
        if event["type"] != CALL_ENDED:
            return None
        return CallEnded(event["data"]["room"]["id"], datetime.fromisoformat(event["time"]))
