"""The log of a process: one JSON line an event on the standard error, with nothing of a request but what is listed there."""

import logging
import sys
from typing import TextIO

import structlog


def configure_logs(stream: TextIO = sys.stderr) -> None:
    """Write our events, and the warnings of the libraries below us, as JSON lines."""
    shared: list[structlog.typing.Processor] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=[_name_only, structlog.processors.JSONRenderer()], foreign_pre_chain=shared)
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _name_only(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Keep of a library's warning where it comes from and how grave it is: its words may quote what we never log."""
    record: logging.LogRecord = event["_record"]
    return {"event": "library", "logger": record.name, "level": record.levelname.lower(), "where": f"{record.module}:{record.lineno}"}
