"""The audit trail: changes, joins and refusals, with the caller, as one JSON object a line.

An event is passed to the operating system before its request is answered, so every answered write has its line even if
the process is killed. Several processes may write to one file, because each line is appended with a single write.
"""

import os
import sys
from collections.abc import Sequence
from http import HTTPStatus
from itertools import count
from pathlib import Path
from secrets import token_hex

import msgspec
import structlog

from openrooms.domain.auditing import AuditEvent
from openrooms.domain.identities import ResourceId
from openrooms.domain.telephones import DialOut, phone_raw_id
from openrooms.server.core.audit_trail import AuditTrail
from openrooms.server.core.ports import Clock, Figure
from openrooms.wire.audit import AuditEventModel
from openrooms.wire.dates import format_moment

_log = structlog.get_logger("openrooms.audit")

# Readable by the group, for log shippers.
_MODE = 0o640
_LONGEST_TEXT = 256
_PROCESS_BYTES = 3
_NO_FILE = -1


class AuditLog:
    """Writes events to a file, or to standard output if there is no file, and keeps them in the `trail`.

    Without `streams`, only the trail has them.
    """

    def __init__(
        self, path: Path | None, clock: Clock, trail: AuditTrail | None = None, *, streams: bool = True
    ) -> None:
        """Open the file, or create it; raise `OSError`."""
        self._path = path
        self._clock = clock
        self._trail = trail
        self._streams = streams
        self._process = token_hex(_PROCESS_BYTES)
        self._numbers = count()
        self._encode = msgspec.json.Encoder().encode
        self._lost = 0
        self._is_torn = False
        self._file = self._open() if streams else _NO_FILE

    def note(
        self,
        operation: str,
        status: int,
        resource: ResourceId,
        caller: str,
        client: str,
        *,
        room: str = "",
        user: str = "",
        reason: str = "",
        request_id: str = "",
    ) -> None:
        """Write one event: the operation and its status, the caller's name and the client's address."""
        event = AuditEvent(
            # Events of one moment and process are in order.
            f"{next(self._numbers):010x}{self._process}",
            self._clock(),
            operation,
            int(status),
            resource,
            caller,
            client,
            room[:_LONGEST_TEXT],
            user[:_LONGEST_TEXT],
            reason,
            request_id,
        )
        if self._streams:
            self._write(event)
        if self._trail is not None:
            self._trail.keep(event)

    def note_dial_out(self, dial_out: DialOut) -> None:
        """Write the end of a dial-out, with its outcome as the reason."""
        self.note(
            "dial_out_ended",
            HTTPStatus.OK,
            dial_out.call.resource,
            dial_out.asked_by or "operator",
            "",
            room=dial_out.call.room,
            user=phone_raw_id(dial_out.phone_number),
            reason=dial_out.outcome or "",
        )

    def reopen(self) -> None:
        """Open the file again after a rotation; raise `OSError`, and then continue with the old file."""
        if self._path is not None and self._streams:
            opened = self._open()
            os.close(self._file)
            self._file = opened

    def figures(self) -> Sequence[Figure]:
        """Return how many events could not be written, for metrics."""
        return [Figure("events_lost", "Audit events that could not be written.", self._lost, is_total=True)]

    def close(self) -> None:
        """Close the file."""
        if self._path is not None and self._streams:
            os.close(self._file)

    def _open(self) -> int:
        if self._path is None:
            return sys.stdout.fileno()
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE)

    def _write(self, event: AuditEvent) -> None:
        line = (b"\n" if self._is_torn else b"") + self._encode(rendered(event)) + b"\n"
        try:
            written = os.write(self._file, line)
        except OSError as error:
            written, reason = 0, error.strerror
        else:
            reason = "the disk is full"
        if written < len(line):
            self._is_torn = written > 0
            self._lost += 1
            # The request continues, because care matters more than its record; the log has the event instead.
            _log.error("an audit event could not be written", reason=reason, audit=msgspec.to_builtins(rendered(event)))
        else:
            self._is_torn = False


def rendered(event: AuditEvent) -> AuditEventModel:
    """Return the event as the stream and the API show it."""
    return AuditEventModel(
        format_moment(event.at),
        event.operation,
        event.outcome,
        event.status,
        event.resource,
        event.caller,
        event.client,
        event.room,
        event.user,
        event.reason,
        event.request_id,
    )
