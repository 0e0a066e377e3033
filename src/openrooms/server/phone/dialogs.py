"""Remembers how to hang up the telephones of a line's process, in case the process dies.

The SIP stack cannot take over the calls of another process, and a telephone left alone costs money for as long as
nobody puts it down. What a BYE or a CANCEL needs is in the messages that the stack sends and receives.
"""

import re
import secrets

import msgspec

from openrooms.server.phone.sip_text import read_message, write_message

_ADDRESS = re.compile(r"<[^<>]*>[^,]*")
_TARGET = re.compile(r"sips?:[^>;\s]+(?:;[^>\s]*)?")
# The dead process may have sent further requests.
_LATER = 100


class Dialog(msgspec.Struct, frozen=True):
    """A call that rings or goes on: the headers that its next request repeats.

    `is_reached` is whether there was any answer: before, a CANCEL is not allowed. `target` is where the telephone wants
    requests, once it was picked up.
    """

    call_id: str
    uri: str
    via: str
    caller: str
    called: str
    number: int
    is_reached: bool = False
    target: str | None = None
    routes: tuple[str, ...] = ()


def follow(dialog: Dialog | None, text: str) -> Dialog | None:
    """Return what is known of a call after a message that was sent or received; `None` once it is over."""
    message = read_message(text)
    number, _, method = message.first("cseq").partition(" ")
    if method.strip() != "INVITE" or not number.isdigit():
        return None if message.method == "BYE" else dialog
    if message.method == "INVITE":
        return dialog if dialog and dialog.target else _begin(message.line, text, int(number))
    status = message.line.split(" ")[1] if " " in message.line else ""
    if dialog is None or dialog.target is not None:
        return dialog
    if status < "200":
        return msgspec.structs.replace(dialog, is_reached=True)
    if not status.startswith("2"):
        return None if int(number) == dialog.number else dialog
    target = _TARGET.search(message.first("contact"))
    routes = [route for value in message.all("record-route") for route in _ADDRESS.findall(value)]
    return msgspec.structs.replace(
        dialog,
        called=message.first("to"),
        is_reached=True,
        target=target[0] if target else dialog.uri,
        routes=tuple(reversed(routes)),
    )


def _begin(line: str, text: str, number: int) -> Dialog:
    message = read_message(text)
    return Dialog(
        message.first("call-id"),
        line.split(" ")[1],
        message.first("via"),
        message.first("from"),
        message.first("to"),
        number,
    )


def goodbye(dialog: Dialog, transport: str, here: str) -> bytes:
    """Return the request that ends the call, sent from an address `HOST:PORT`."""
    if dialog.target is None:
        method, uri, via, number = "CANCEL", dialog.uri, dialog.via, dialog.number
    else:
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        via = f"SIP/2.0/{transport.upper()} {here};branch={branch};rport"
        method, uri, number = "BYE", dialog.target, dialog.number + _LATER
    return write_message(
        [
            f"{method} {uri} SIP/2.0",
            f"Via: {via}",
            *(f"Route: {route}" for route in dialog.routes),
            "Max-Forwards: 70",
            f"From: {dialog.caller}",
            f"To: {dialog.called}",
            f"Call-ID: {dialog.call_id}",
            f"CSeq: {number} {method}",
            "Content-Length: 0",
        ]
    )
