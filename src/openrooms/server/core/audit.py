"""The audit trail: who changed what, who joined and who was refused, as one JSON object a line.

An event is handed to the operating system before its request is answered, so that no answered write lacks its line even
if the process is killed. Several processes may write to one file: each line is one write to its end.
"""

import os
import sys
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

import msgspec
import structlog

from openrooms.domain.identities import ResourceId
from openrooms.server.core.ports import Clock, Figure
from openrooms.wire.dates import format_moment

_log = structlog.get_logger("openrooms.audit")

# Its group may read it, as log shippers do.
_MODE = 0o640
_LONGEST_TEXT = 256


class Event(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One event, in the order of its fields; `docs/operations/audit.md` says what each means."""

    time: str
    operation: str
    outcome: str
    status: int
    resource: ResourceId
    caller: str
    client: str
    room: str = ""
    user: str = ""
    reason: str = ""
    request_id: str = ""


class AuditLog:
    """Writes events to a file, or without one to standard output."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        """Open the file, made if absent; raise `OSError`."""
        self._path = path
        self._clock = clock
        self._encode = msgspec.json.Encoder().encode
        self._lost = 0
        self._is_torn = False
        self._file = self._open()

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
        """Write one event: what a caller, known by that name, asked from that address, and what came of it."""
        self._write(
            Event(
                format_moment(self._clock()),
                operation,
                _outcome(status),
                int(status),
                resource,
                caller,
                client,
                room[:_LONGEST_TEXT],
                user[:_LONGEST_TEXT],
                reason,
                request_id,
            )
        )

    def reopen(self) -> None:
        """Write to the file that has the name now, after a rotation; raise `OSError` and go on as before."""
        if self._path is not None:
            opened = self._open()
            os.close(self._file)
            self._file = opened

    def figures(self) -> Sequence[Figure]:
        """Return how many events could not be written, for metrics."""
        return [Figure("events_lost", "Audit events that could not be written.", self._lost, is_total=True)]

    def close(self) -> None:
        """Close the file."""
        if self._path is not None:
            os.close(self._file)

    def _open(self) -> int:
        if self._path is None:
            return sys.stdout.fileno()
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE)

    def _write(self, event: Event) -> None:
        line = (b"\n" if self._is_torn else b"") + self._encode(event) + b"\n"
        try:
            written = os.write(self._file, line)
        except OSError as error:
            written, reason = 0, error.strerror
        else:
            reason = "there is no space left"
        if written < len(line):
            self._is_torn = written > 0
            self._lost += 1
            # The request goes on: care that is given counts for more than its record, and this one has it, too.
            _log.error("an audit event could not be written", reason=reason, audit=msgspec.to_builtins(event))
        else:
            self._is_torn = False


def _outcome(status: int) -> str:
    if status < HTTPStatus.BAD_REQUEST:
        return "done"
    return "refused" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "failed"
