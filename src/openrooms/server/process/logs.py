"""Structured logs on standard error: one event on each line, as JSON or as readable text.

Our events go directly from structlog to the stream, because a production service writes one for each request.
Libraries log through the standard library, in the same format.
"""

import asyncio
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPMethod

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from openrooms._terminal import may_style
from openrooms.server.core.redaction import without_secrets

_RESET, _DIM = "\x1b[0m", "\x1b[2m"
_STATUS_COLORS = {2: "\x1b[32m", 3: "\x1b[36m", 4: "\x1b[33m", 5: "\x1b[31m"}
_METHOD_WIDTH = max(map(len, HTTPMethod))


def configure(level: str, style: str) -> None:
    """Log to standard error, the program and its libraries, from `level` up.

    `style` is `json`, `text`, or `auto`: text on a terminal.
    """
    lowest = logging.getLevelNamesMapping()[level.upper()]
    text = _is_text(style)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = _without_secrets(_as_text(may_style(sys.stderr)) if text else _as_json)
    structlog.configure(
        processors=[_drop_held, *shared, renderer],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(lowest)
    # These log every connection and request, with the whole target.
    for chatty in ("websockets", "azure"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def line_writer(style: str) -> Callable[[str], None] | None:
    """Return a function that writes a line of a request to a log in JSON; `None` if the log is text.

    The lines of one turn of the event loop are written together, because each write to the stream costs more than
    making the line.
    """
    if _is_text(style):
        return None
    stream = sys.stderr
    lines: list[str] = []

    def flush() -> None:
        text = "".join(lines)
        lines.clear()
        stream.write(text)
        stream.flush()

    def write(line: str) -> None:
        if _requests_are_held.is_set():
            return
        if not lines:
            asyncio.get_running_loop().call_soon(flush)
        lines.append(line)

    return write


def _is_text(style: str) -> bool:
    return style == "text" or (style == "auto" and sys.stderr.isatty())


_requests_are_held = threading.Event()


@contextmanager
def without_requests() -> Iterator[None]:
    """Log no requests meanwhile, because the program itself makes them."""
    _requests_are_held.set()
    try:
        yield
    finally:
        _requests_are_held.clear()


def _drop_held(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if event["event"] == "request" and _requests_are_held.is_set():
        raise structlog.DropEvent
    return event


def _as_text(colors: bool) -> Processor:
    others = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)

    def render(logger: WrappedLogger, method: str, event: EventDict) -> str:
        return _request_line(event, colors) if event["event"] == "request" else str(others(logger, method, event))

    return render


def _request_line(event: EventDict, colors: bool) -> str:
    """Return a request as one line: time, method, path, status, milliseconds, operation, and reason of a refusal."""
    time = datetime.fromisoformat(event["timestamp"]).astimezone().strftime("%H:%M:%S")
    status = event["status"]
    parts = [
        f"{event['method']:<{_METHOD_WIDTH}}",
        event.get("path"),
        _colored(str(status), _STATUS_COLORS.get(status // 100, ""), colors),
        f"{event['ms']:.1f} ms",
        event.get("operation"),
    ]
    line = f"{_colored(time, _DIM, colors)} {' '.join(part for part in parts if part)}"
    return f"{line}  {_colored(event['why'], _STATUS_COLORS[4], colors)}" if "why" in event else line


def _colored(text: str, color: str, colors: bool) -> str:
    return f"{color}{text}{_RESET}" if colors and color else text


_encode = json.JSONEncoder(default=repr).encode


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return _encode(event)


def _without_secrets(render: Processor) -> Processor:
    return lambda logger, method, event: without_secrets(str(render(logger, method, event)))
