"""Settings: read once from the environment, checked before anything starts, secrets never in a repr."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, cast

from sdc.errors import ConfigurationError
from vendors import MalformedRequestError
from vendors.rails import DESCRIPTOR, check_descriptor

DEFAULT_DATABASE = "var/sdc.db"
STRIPE_API_BASE = "https://api.stripe.com"
SANDBOX_KEY = "sk_test_sandbox_embedded"
SANDBOX_WEBHOOK_SECRET = "whsec_sandbox_embedded"  # noqa: S105 - the embedded sandbox's, worth nothing outside it
DEVELOPMENT_KEY = "ZGV2ZWxvcG1lbnQgb25seSwgMzIgYnl0ZXMgbG9uZyE="
"""The key ring of a development database; production refuses to start on it."""

_MIN_PORT, _MAX_PORT = 1, 65_535
_MAX_RATE = 1_000
_DURATION = re.compile(r"([0-9]{1,4})([dhm])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_LOOPBACK = re.compile(r"http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9]([A-Za-z0-9.\-]{0,252}[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~\-]+)*")

_MAIL_SERVER = re.compile(r"smtps?://([^\s/@:]+:[^\s/@:]+@)?[A-Za-z0-9]([A-Za-z0-9.\-]{0,252}[A-Za-z0-9])?(:[0-9]{1,5})?/?")
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.\-]{0,187}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment may set; each name is documented in `docs/operations.md`."""

    env: Literal["development", "production"] = "development"
    database_url: str = f"sqlite:///{DEFAULT_DATABASE}"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    secret_keys: tuple[str, ...] = field(default=(DEVELOPMENT_KEY,), repr=False)
    rail: Literal["sandbox", "stripe"] = "sandbox"
    stripe_api_key: str = field(default=SANDBOX_KEY, repr=False)
    stripe_api_base: str = STRIPE_API_BASE
    stripe_webhook_secrets: tuple[str, ...] = field(default=(SANDBOX_WEBHOOK_SECRET,), repr=False)
    sandbox_port: int = 8010
    sandbox_file: str = "var/sandbox.db"
    statement_descriptor: str = DESCRIPTOR
    worker: Literal["inline", "separate"] = "inline"
    sender_rate: int = 10
    cooling_off: timedelta = timedelta(hours=72)
    clock_start: datetime | None = None
    docs: bool = True
    ledger_key_file: str = "var/ledger.keys"
    ledger_heads_file: str | None = None
    mail_url: str = field(default="", repr=False)
    mail_from: str = ""

    @property
    def is_production(self) -> bool:
        """Whether real money and real people depend on this process."""
        return self.env == "production"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from an environment.

    Raises:
        ConfigurationError: a value that cannot be, or one that production refuses (all are named at once).

    """
    reader = _Reader(environment)
    rail = reader.choice("SDC_RAIL", ("sandbox", "stripe"), "sandbox")
    port, sandbox_port = reader.port("SDC_PORT", 8000), reader.port("SDC_SANDBOX_PORT", 8010)
    settings = Settings(
        env=cast("Literal['development', 'production']", reader.choice("SDC_ENV", ("development", "production"), "development")),
        database_url=_with_driver_name(environment.get("SDC_DATABASE_URL") or f"sqlite:///{DEFAULT_DATABASE}"),
        host=environment.get("SDC_HOST") or "127.0.0.1",
        port=port,
        public_url=reader.address("SDC_PUBLIC_URL") or f"http://127.0.0.1:{port}",
        secret_keys=reader.texts("SDC_SECRET_KEYS") or (DEVELOPMENT_KEY,),
        rail=cast("Literal['sandbox', 'stripe']", rail),
        stripe_api_key=environment.get("SDC_STRIPE_API_KEY") or (SANDBOX_KEY if rail == "sandbox" else ""),
        stripe_api_base=environment.get("SDC_STRIPE_API_BASE")
        or (f"http://127.0.0.1:{sandbox_port}" if rail == "sandbox" else STRIPE_API_BASE),
        stripe_webhook_secrets=reader.texts("SDC_STRIPE_WEBHOOK_SECRETS") or ((SANDBOX_WEBHOOK_SECRET,) if rail == "sandbox" else ()),
        sandbox_port=sandbox_port,
        sandbox_file=environment.get("SDC_SANDBOX_FILE") or "var/sandbox.db",
        statement_descriptor=environment.get("SDC_STATEMENT_DESCRIPTOR") or DESCRIPTOR,
        worker=cast("Literal['inline', 'separate']", reader.choice("SDC_WORKER", ("inline", "separate"), "inline")),
        sender_rate=reader.number("SDC_SENDER_RATE", 10, at_most=_MAX_RATE),
        cooling_off=reader.duration("SDC_COOLING_OFF", timedelta(hours=72)),
        clock_start=reader.instant("SDC_CLOCK_START"),
        docs=reader.choice("SDC_DOCS", ("on", "off"), "on") == "on",
        ledger_key_file=environment.get("SDC_LEDGER_KEY_FILE") or "var/ledger.keys",
        ledger_heads_file=environment.get("SDC_LEDGER_HEADS_FILE") or None,
        mail_url=environment.get("SDC_MAIL_URL") or "",
        mail_from=environment.get("SDC_MAIL_FROM") or "",
    )
    wrong = [*reader.wrong, *_refused(settings)]
    if wrong:
        raise ConfigurationError("; ".join(wrong))
    return settings


def _refused(settings: Settings) -> list[str]:
    """Name what this environment refuses."""
    wrong = _refused_of_mail(settings)
    if settings.rail == "stripe" and not settings.stripe_api_key:
        wrong.append("SDC_STRIPE_API_KEY is needed with SDC_RAIL=stripe")
    if settings.rail == "stripe" and not settings.stripe_webhook_secrets:
        wrong.append("SDC_STRIPE_WEBHOOK_SECRETS is needed with SDC_RAIL=stripe")
    wrong += _misled(settings)
    if not settings.is_production:
        return wrong
    if DEVELOPMENT_KEY in settings.secret_keys:
        wrong.append("SDC_SECRET_KEYS is needed in production, and not the development key")
    if settings.rail == "sandbox":
        wrong.append("SDC_RAIL=sandbox is refused in production")
    if settings.stripe_api_key.startswith("sk_test_sandbox_"):
        wrong.append("a sandbox key is refused in production")
    for name, address in (("SDC_STRIPE_API_BASE", settings.stripe_api_base), ("SDC_PUBLIC_URL", settings.public_url)):
        if not address.startswith("https://"):
            wrong.append(f"{name} must be https in production")
    if settings.clock_start is not None:
        wrong.append("SDC_CLOCK_START is refused in production")
    return wrong


def _refused_of_mail(settings: Settings) -> list[str]:
    wrong = []
    if bool(settings.mail_url) != bool(settings.mail_from):
        wrong.append("SDC_MAIL_URL and SDC_MAIL_FROM are set together, or neither is")
    if settings.mail_url and not _MAIL_SERVER.fullmatch(settings.mail_url):  # never shown: it may hold a password
        wrong.append("SDC_MAIL_URL is smtp:// or smtps://, then user:password@ where the server asks for them, a host and a port")
    if settings.mail_from and not _MAIL_ADDRESS.fullmatch(settings.mail_from):
        wrong.append(f"SDC_MAIL_FROM is an address such as payments@example.org, not {settings.mail_from!r}")
    return wrong


def _misled(settings: Settings) -> list[str]:
    """Name what would lead a key, or a word, to where it must not go."""
    wrong = []
    base = settings.stripe_api_base.rstrip("/")
    if settings.stripe_api_key.startswith(("sk_live_", "rk_live_")) and base != STRIPE_API_BASE:
        wrong.append(f"SDC_STRIPE_API_BASE must be {STRIPE_API_BASE} with a live key")
    if base.startswith("http://") and not _LOOPBACK.fullmatch(base):
        wrong.append("SDC_STRIPE_API_BASE must be https, but on this machine itself")
    try:
        check_descriptor(settings.statement_descriptor)
    except MalformedRequestError as error:
        wrong.append(f"SDC_STATEMENT_DESCRIPTOR {error.reason}")
    return wrong


def sqlite_file(database_url: str) -> Path | None:
    """Tell which file an SQLite address names; None for another database."""
    scheme, _, rest = database_url.partition(":///")
    return Path(rest) if scheme.startswith("sqlite") and rest else None


def _with_driver_name(url: str) -> str:
    """Accept the spellings of a PostgreSQL address that other tools write."""
    return "postgresql://" + url.removeprefix("postgres://") if url.startswith("postgres://") else url


class _Reader:
    """Reads values one by one and keeps what is wrong with each, so that all are told at once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.wrong: list[str] = []

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.environment.get(name) or default
        if value not in allowed:
            self.wrong.append(f"{name} is one of {', '.join(allowed)}, not {value!r}")
            return default
        return value

    def port(self, name: str, default: int) -> int:
        value = self.environment.get(name) or str(default)
        if not (value.isascii() and value.isdigit() and _MIN_PORT <= int(value) <= _MAX_PORT):
            self.wrong.append(f"{name} is a port from {_MIN_PORT} to {_MAX_PORT}, not {value!r}")
            return default
        return int(value)

    def number(self, name: str, default: int, *, at_most: int) -> int:
        value = self.environment.get(name) or str(default)
        if not (value.isascii() and value.isdigit() and int(value) <= at_most):
            self.wrong.append(f"{name} is a whole number from 0 to {at_most}, not {value!r}")
            return default
        return int(value)

    def address(self, name: str) -> str | None:
        """Read where something is on the web: a scheme, a host, perhaps a port and a path, and nothing else."""
        value = (self.environment.get(name) or "").rstrip("/")
        if not value:
            return None
        if not _ADDRESS.fullmatch(value):
            self.wrong.append(f"{name} is an address such as https://sdc.example.org, not {value!r}")
            return None
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in (self.environment.get(name) or "").split(",") if part.strip())

    def duration(self, name: str, default: timedelta) -> timedelta:
        """Read how long something lasts: a whole number of days, hours or minutes, such as 72h."""
        value = self.environment.get(name)
        if not value:
            return default
        found = _DURATION.fullmatch(value)
        if found is None:
            self.wrong.append(f"{name} is a time such as 72h, 3d or 30m, of at most four digits, not {value!r}")
            return default
        return int(found[1]) * _UNITS[found[2]]

    def instant(self, name: str) -> datetime | None:
        value = self.environment.get(name)
        if not value:
            return None
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.wrong.append(f"{name} is an instant such as 2026-10-15T16:00:00Z, not {value!r}")
            return None
        if instant.tzinfo is None:
            self.wrong.append(f"{name} needs a time zone, such as 2026-10-15T16:00:00Z")
            return None
        return instant
