"""How the process logs: one JSON object a line, nothing from libraries below a warning."""

import logging

import structlog


def configure_logs(*, level: int = logging.INFO) -> None:
    """Write our own events as JSON lines to standard output; let libraries speak only when something is wrong."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s", force=True)
    for name in ("uvicorn.access", "sqlalchemy.engine", "stripe", "httpx", "aiosqlite"):
        logging.getLogger(name).setLevel(logging.ERROR)
