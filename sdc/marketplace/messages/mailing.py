"""Mail a message by SMTP: the account's name and password leave only over TLS, or to this machine itself."""

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final, Literal
from urllib.parse import unquote, urlsplit
from uuid import UUID

_TIMEOUT_SECONDS: Final = 15
_SUBMISSION_PORT: Final = 587
_SUBMISSION_TLS_PORT: Final = 465
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_REFUSED_FOR_GOOD: Final = 500
"""SMTP: codes from here on say that another try gets the same answer (RFC 5321, 4.2.1)."""


class UndeliverableError(Exception):
    """The server refuses this address or letter for good: trying again changes nothing."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Who takes our mail."""

    scheme: Literal["smtp", "smtps"]
    host: str
    port: int
    user: str
    password: str = field(repr=False)

    @classmethod
    def of(cls, url: str) -> "MailServer":
        """Read `smtp://` or `smtps://user:password@host:port`; the settings have checked its form."""
        parts = urlsplit(url)
        scheme: Literal["smtp", "smtps"] = "smtps" if parts.scheme == "smtps" else "smtp"
        port = parts.port or (_SUBMISSION_TLS_PORT if scheme == "smtps" else _SUBMISSION_PORT)
        return cls(scheme, parts.hostname or "", port, unquote(parts.username or ""), unquote(parts.password or ""))


def write_letter(*, id: UUID, sender: str, to: str, subject: str, text: str, at: datetime) -> EmailMessage:
    """Write a letter. Its Message-ID is the message's own, so that one that went twice is known as one."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = f"<{id}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    return letter


def send_letter(server: MailServer, letter: EmailMessage) -> None:
    """Hand a letter to the mail server. This waits for the network: call it from a thread, with no transaction open.

    Raises:
        UndeliverableError: the server refuses the address or the letter for good.
        OSError, smtplib.SMTPException: it did not take it now; whether it did is not known when its answer was lost.

    """
    tls = ssl.create_default_context()
    open_now = (
        smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT_SECONDS, context=tls)
        if server.scheme == "smtps"
        else smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_SECONDS)
    )
    with open_now as smtp:
        is_safe = server.scheme == "smtps" or server.host in _LOOPBACK
        smtp.ehlo()
        if server.scheme == "smtp" and smtp.has_extn("starttls"):
            smtp.starttls(context=tls)
            smtp.ehlo()
            is_safe = True
        if not is_safe:
            raise smtplib.SMTPNotSupportedError("the mail server offers no TLS")
        if server.user:
            smtp.login(server.user, server.password)
        try:
            smtp.send_message(letter)
        except smtplib.SMTPRecipientsRefused as error:
            if all(code >= _REFUSED_FOR_GOOD for code, _ in error.recipients.values()):
                raise UndeliverableError from error
            raise
        except smtplib.SMTPDataError as error:
            if error.smtp_code >= _REFUSED_FOR_GOOD:
                raise UndeliverableError from error
            raise
