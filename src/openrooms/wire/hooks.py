"""The messages to the endpoints of subscriptions: signed events, and the handshakes that come before them.

Signatures are those of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

import msgspec

EVENT_TYPE = "application/cloudevents+json; charset=utf-8"
ORIGIN = "webhook-request-origin"
ALLOWED_ORIGIN = "webhook-allowed-origin"
_VALIDATION_EVENT = "Microsoft.EventGrid.SubscriptionValidationEvent"


class _ValidationResponse(msgspec.Struct, rename="camel"):
    validation_response: str = ""


def signed_headers(secret: str, message_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """Return the header fields of a message; `secret` is base64, and `seconds` the time of this attempt."""
    signed = b"%b.%d.%b" % (message_id.encode("ascii"), seconds, body)
    digest = hmac.digest(base64.b64decode(secret), signed, hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode('ascii')}",
        "content-type": EVENT_TYPE,
        # Receivers that were written for Event Grid look for it.
        "aeg-event-type": "Notification",
    }


def allows(origin: str, headers: Mapping[str, str]) -> bool:
    """Return whether the answer to OPTIONS allows events from the origin.

    https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection
    """
    return headers.get(ALLOWED_ORIGIN, "").strip().lower() in ("*", origin.lower())


def validation_event(source: str, event_id: str, time: str, code: str) -> tuple[dict[str, str], bytes]:
    """Return header fields and body of Event Grid's handshake, which the endpoint has to answer with the code.

    https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
    """
    event = {
        "id": event_id,
        "topic": source,
        "subject": "",
        "data": {"validationCode": code},
        "eventType": _VALIDATION_EVENT,
        "eventTime": time,
        "metadataVersion": "1",
        "dataVersion": "1",
    }
    headers = {"content-type": "application/json; charset=utf-8", "aeg-event-type": "SubscriptionValidation"}
    return headers, msgspec.json.encode([event])


def validation_response(body: bytes) -> str:
    """Return the code in an answer to Event Grid's handshake; empty if there is none."""
    try:
        return msgspec.json.decode(body, type=_ValidationResponse).validation_response
    except msgspec.DecodeError:
        return ""
