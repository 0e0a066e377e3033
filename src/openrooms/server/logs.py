"""Structured logs on standard error: one event a line, as JSON or for a person's eyes.

Our own events go straight from structlog to the stream, since a production service writes one for each request; what
libraries log comes through the standard library and looks the same.
"""

import json
import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# In JSON, a quotation mark or a line's end within a text begins with a backslash.
_END = r"""&\s"'\\"""
_SECRETS = {
    # A media SDK puts its token into the query.
    "=": re.compile(rf"((?:access_token|join_request|accesskey|signature)=)[^{_END}]+", re.IGNORECASE),
    "bearer ": re.compile(r"(bearer )[\w.~+/=-]+", re.IGNORECASE),
    "://": re.compile(r"""(\w://[^:/@\s"]*:)[^@/\s"]+(?=@)"""),
}
"""What a secret looks like, by what every such line has in lower case: most lines have none, and patterns are slow."""


def configure(level: str, style: str) -> None:
    """Send what the program and its libraries log to standard error, from `level` up.

    `style` is `json`, `text`, or `auto`: text on a terminal.
    """
    lowest = logging.getLevelNamesMapping()[level.upper()]
    text = style == "text" or (style == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    colors = text and sys.stderr.isatty()
    renderer = _without_secrets(
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)
        if text
        else _as_json
    )
    structlog.configure(
        processors=[*shared, renderer],
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
    # These tell of every connection, with the whole target.
    for chatty in ("uvicorn", "uvicorn.error", "websockets", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


_encode = json.JSONEncoder(default=repr).encode


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return _encode(event)


def _without_secrets(render: Processor) -> Processor:
    def to_line(logger: WrappedLogger, method: str, event: EventDict) -> str:
        line = str(render(logger, method, event))
        lowered = line.lower()
        for sign, secret in _SECRETS.items():
            if sign in lowered:
                line = secret.sub(r"\1...", line)
        return line

    return to_line
