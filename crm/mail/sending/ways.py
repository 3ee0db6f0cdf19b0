"""By which way the letters of a mailbox leave: its own server, the house's, or none at all."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import get_connection
from django.utils.timezone import now

from crm.mail.models import Auth
from crm.mail.sending.dialogue import PutOff, Result, Server, deliver

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import Message as Mime

    from crm.mail.models import Mailbox, Outgoing

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

#: Returns a fresh token of a mailbox that signs in by OAuth2.
Token = Callable[["Mailbox"], str]
#: Takes in a letter that a test mailbox sent to one of ours.
TakeIn = Callable[["Mailbox", bytes, list[str]], Any]

_ways: dict[str, Any] = {}


def register_token(token: Token) -> None:
    """Say where fresh tokens of OAuth2 come from; from ``AppConfig.ready``."""
    _ways["token"] = token


def register_take_in(take_in: TakeIn) -> None:
    """Say how a letter arrives in a mailbox that is for trying out; from ``AppConfig.ready``."""
    _ways["take_in"] = take_in


def hand_over(
    outgoing: Outgoing,
    raw: bytes,
    recipients: Sequence[str],
    *,
    mark: Callable[[], None],
    alive: Callable[[], None],
) -> Result:
    """Hand a letter over by its mailbox's way.

    Raises:
        PutOff, Refused, LostClaim: as ``dialogue.deliver``.
    """
    mailbox = outgoing.mailbox
    if mailbox.is_test:
        mark()
        return Result(taken=list(recipients), said="250 kept for trying out")
    if server := server_of(mailbox):
        return deliver(server, sender=mailbox.address, recipients=recipients, raw=raw, mark=mark, alive=alive)
    return by_backend(raw, recipients, mailbox.address, mark)


def server_of(mailbox: Mailbox) -> Server | None:
    """Return the SMTP server of a mailbox, else that of the house; None when the house has none."""
    if mailbox.smtp_host:
        name, password, token = sign_in(mailbox)
        return Server(mailbox.smtp_host, mailbox.smtp_port, mailbox.smtp_security, name, password, token)
    if settings.EMAIL_BACKEND != SMTP_BACKEND:
        return None
    security = "tls" if settings.EMAIL_USE_SSL else "starttls" if settings.EMAIL_USE_TLS else "none"
    return Server(
        settings.EMAIL_HOST,
        settings.EMAIL_PORT,
        security,
        settings.EMAIL_HOST_USER,
        settings.EMAIL_HOST_PASSWORD,
    )


def sign_in(mailbox: Mailbox) -> tuple[str, str, str]:
    """Return user name, password and token for the SMTP server of a mailbox; no name, no signing in.

    Raises:
        PutOff: when they can't be had just now.
    """
    name = mailbox.smtp_username or mailbox.imap_username or mailbox.address
    try:
        if mailbox.auth != Auth.PASSWORD:
            return name, "", str(_ways["token"](mailbox))
        password = str(mailbox.smtp_credentials().get("password", ""))
    except Exception as failure:
        raise PutOff(f"{type(failure).__name__}: {failure}") from failure
    return (name, password, "") if password else ("", "", "")


class Ready:
    """A letter that is bytes already, as Django's other ways of sending take it."""

    def __init__(self, raw: bytes, recipients: Sequence[str], sender: str) -> None:
        self.raw, self.to, self.from_email = raw, list(recipients), sender
        self.subject = str(message_from_bytes(raw).get("Subject", ""))

    def message(self, **_policy: Any) -> Mime:
        return message_from_bytes(self.raw)

    def recipients(self) -> list[str]:
        return self.to


def by_backend(raw: bytes, recipients: Sequence[str], sender: str, mark: Callable[[], None]) -> Result:
    """Print a letter, write it to a folder or keep it in memory, as EMAIL_URL says."""
    mark()
    try:
        get_connection().send_messages([Ready(raw, recipients, sender)])  # type: ignore[list-item]
    except OSError as failure:
        raise PutOff(f"{type(failure).__name__}: {failure}") from failure
    return Result(
        taken=list(recipients), said=f"250 {settings.EMAIL_BACKEND.rpartition('.')[0]} {now():%H:%M}"
    )


def arrive(outgoing: Outgoing, raw: bytes, recipients: Sequence[str]) -> None:
    """Let a letter from a test mailbox arrive in those of ours that it was written to."""
    take_in = _ways.get("take_in")
    if take_in is not None and outgoing.mailbox.is_test:
        take_in(outgoing.mailbox, raw, [one.lower() for one in recipients])
