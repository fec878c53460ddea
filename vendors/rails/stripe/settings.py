"""The settings of the Stripe rail, which cannot be combined so that a live key leaves for anywhere but Stripe."""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from vendors.errors import RailMisconfiguredError

STRIPE_BASE: Final = "https://api.stripe.com"
SANDBOX_KEY_PREFIX: Final = "sk_test_sandbox_"

_KEY = re.compile(r"(sk|rk)_(live|test)_[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """A key, where it may be sent, and the secrets by which webhooks are known.

    Raises:
        RailMisconfiguredError: the key is not one of Stripe's forms; the base address is not a bare http or https origin; a live key would
            leave for anywhere but Stripe; another machine would be called in the clear; a sandbox key would leave for Stripe; a webhook
            secret is empty.

    """

    api_key: str = field(repr=False)
    api_base: str = STRIPE_BASE
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    """Newest first; two while one is being replaced."""
    connect_seconds: float = 5.0
    read_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Refuse combinations that could cost real money."""
        if not _KEY.fullmatch(self.api_key):
            raise RailMisconfiguredError("the Stripe key is not a secret or restricted key, live or test")
        object.__setattr__(self, "api_base", self.api_base.rstrip("/"))
        _origin(self.api_base)
        if self.is_live and self.api_base != STRIPE_BASE:
            raise RailMisconfiguredError(f"a live Stripe key may be sent to {STRIPE_BASE} only")
        if not self.is_encrypted and not self.is_loopback:
            raise RailMisconfiguredError("a Stripe base address in the clear is on this machine only")
        if self.is_sandbox and self.api_base == STRIPE_BASE:
            raise RailMisconfiguredError("a sandbox key is of no use at Stripe: set the sandbox's base address")
        if not all(secret.strip() for secret in self.webhook_secrets):
            raise RailMisconfiguredError("a webhook secret is empty")

    @property
    def is_live(self) -> bool:
        """Say whether the key moves real money."""
        return self.api_key.startswith(("sk_live_", "rk_live_"))

    @property
    def is_sandbox(self) -> bool:
        """Say whether the key is one that only our own sandbox takes."""
        return self.api_key.startswith(SANDBOX_KEY_PREFIX)

    @property
    def is_encrypted(self) -> bool:
        """Say whether the base address is reached by TLS."""
        return self.api_base.startswith("https://")

    @property
    def is_loopback(self) -> bool:
        """Say whether the base address is on this machine, where no proxy can lead."""
        host = _origin(self.api_base).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def _origin(base: str) -> SplitResult:
    """Read a base address, which is a scheme, a host, perhaps a port, and nothing else."""
    try:
        parts = urlsplit(base)
        bare = parts.scheme in {"http", "https"} and bool(parts.hostname) and base == f"{parts.scheme}://{parts.netloc}"
        bare = bare and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        bare = False
    if not bare:
        raise RailMisconfiguredError("the Stripe base address is not a bare http or https origin")
    return parts
