"""Structured logs on standard error: one event a line, as JSON or for a person's eyes."""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def _missing(name: str) -> Iterator[None]:
    """Let a package that is not loaded yet look as if it was not installed."""
    loaded = name in sys.modules
    sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # how the import system is told that there is none
    try:
        yield
    finally:
        if not loaded:
            del sys.modules[name]


# For tracebacks in colour, structlog loads rich where there is one: 5 MB of memory, and ours are plain.
with _missing("rich"):
    import structlog
    from structlog.typing import EventDict, Processor, WrappedLogger

# A media SDK puts its token into the query.
_SECRET_PARAMETER = re.compile(r"((?:access_token|join_request|accesskey|Signature)=)[^&\s\"']+", re.IGNORECASE)
_BEARER = re.compile(r"(Bearer )[\w.~+/=-]+", re.IGNORECASE)
_PASSWORD = re.compile(r"(\w://[^:/@\s]*:)[^@/\s]+(?=@)")


def get_logger(name: str) -> Any:
    """Return structlog's logger of a name."""
    return structlog.get_logger(name)


def configure(level: str, style: str) -> None:
    """Send what the program and its libraries log to standard error, from `level` up.

    `style` is `json`, `text`, or `auto`: text on a terminal.
    """
    text = style == "text" or (style == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _hide_secrets,
    ]
    colors = text and sys.stderr.isatty()
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)
        if text
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
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
    root.setLevel(level.upper())
    # These tell of every connection, with the whole target.
    for chatty in ("uvicorn", "uvicorn.error", "websockets", "aiohttp.access", "livekit"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def _hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: _without_secrets(value) if isinstance(value, str) else value for name, value in event.items()}


def _without_secrets(text: str) -> str:
    for secret in (_SECRET_PARAMETER, _BEARER, _PASSWORD):
        text = secret.sub(r"\1...", text)
    return text
