"""Connecting, changing, pausing and taking off mailboxes; each act is an event with who did it."""

from __future__ import annotations

import smtplib
import ssl
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.lib import outbound
from crm.mail.models import Auth, Mailbox, MailboxState, Security
from crm.mail.syncing import oauth, planning, sync
from crm.mail.syncing.errors import CannotConnect, CannotSignIn, MailServerError
from crm.records.events import emit
from crm.records.registry import Ref

if TYPE_CHECKING:
    from datetime import datetime

    from crm.identity.models import User

SETUP_TYPE_ID = 0
TIMEOUT = 20


def check(mailbox: Mailbox, at: datetime) -> dict[str, str]:
    """Try both servers; return what is wrong by field, nothing when all is well."""
    wrong: dict[str, str] = {}
    try:
        with sync.open_server(mailbox, at) as server:
            server.folders()
    except CannotSignIn as no:
        wrong["password"] = str(no)
    except MailServerError as no:
        wrong["imap_host"] = str(no)
    if mailbox.smtp_host and "password" not in wrong:
        try:
            check_smtp(mailbox, at)
        except CannotSignIn as no:
            wrong["password"] = str(no)
        except MailServerError as no:
            wrong["smtp_host"] = str(no)
    return wrong


def check_smtp(mailbox: Mailbox, at: datetime) -> None:
    """Sign in to the server through which letters go out, and hang up.

    Raises:
        MailServerError: in words for people.
    """
    where = {"host": mailbox.smtp_host, "port": mailbox.smtp_port}
    username = mailbox.smtp_username or mailbox.address
    try:
        outbound.resolve(mailbox.smtp_host, mailbox.smtp_port)
        kind = smtplib.SMTP_SSL if mailbox.smtp_security == Security.TLS else smtplib.SMTP
        with kind(mailbox.smtp_host, mailbox.smtp_port, timeout=TIMEOUT) as server:
            if mailbox.smtp_security == Security.STARTTLS:
                server.starttls(context=ssl.create_default_context())
            if mailbox.auth == Auth.PASSWORD:
                server.login(username, str(mailbox.smtp_credentials().get("password", "")))
            else:
                words = f"user={username}\x01auth=Bearer {oauth.access_token(mailbox, at)}\x01\x01"
                server.auth("XOAUTH2", lambda _challenge=None: words)
    except smtplib.SMTPAuthenticationError as no:
        text = _("The server refuses %(user)s: %(error)s")
        said = no.smtp_error.decode("utf-8", "replace") if isinstance(no.smtp_error, bytes) else no.smtp_error
        raise CannotSignIn(text % {"user": username, "error": said}) from no
    except (outbound.Refused, outbound.Unreachable) as no:
        raise CannotConnect(str(no)) from no
    except (OSError, smtplib.SMTPException) as no:
        text = _("%(host)s can't be reached on port %(port)s: %(error)s")
        raise CannotConnect(text % {**where, "error": no}) from no


@transaction.atomic
def connect(*, mailbox: Mailbox, actor: User, at: datetime) -> Mailbox:
    """Keep a new mailbox, and begin to read it."""
    mailbox.save()
    _tell("mailbox.connected", mailbox, actor, at)
    _begin(mailbox, at)
    return mailbox


@transaction.atomic
def change(*, mailbox: Mailbox, actor: User, at: datetime, changed: list[str]) -> Mailbox:
    """Keep changes; a mailbox that failed is tried at once."""
    if mailbox.state == MailboxState.FAILING:
        mailbox.state, mailbox.last_error, mailbox.failing_since = MailboxState.OK, "", None
    mailbox.save()
    if {"sync_since", "folders"} & set(changed):
        mailbox.folder_states.update(mark="")
    _tell("mailbox.changed", mailbox, actor, at, {"fields": [one for one in changed if one != "password"]})
    _begin(mailbox, at)
    return mailbox


@transaction.atomic
def pause(*, mailbox: Mailbox, actor: User, at: datetime) -> None:
    """Leave a mailbox alone until somebody goes on with it."""
    mailbox.state = MailboxState.PAUSED
    mailbox.save(update_fields=["state"])
    _tell("mailbox.paused", mailbox, actor, at)
    planning.plan(mailbox, at)


@transaction.atomic
def go_on(*, mailbox: Mailbox, actor: User, at: datetime) -> None:
    """Read a paused or failing mailbox again, from now on."""
    mailbox.state, mailbox.last_error, mailbox.failing_since = MailboxState.OK, "", None
    mailbox.save(update_fields=["state", "last_error", "failing_since"])
    _tell("mailbox.resumed", mailbox, actor, at)
    _begin(mailbox, at)


def _begin(mailbox: Mailbox, at: datetime) -> None:
    planning.plan(mailbox, at + planning.EVERY)
    if mailbox.reads_imap and mailbox.is_active:
        planning.ask(mailbox)


def _tell(name: str, mailbox: Mailbox, actor: User, at: datetime, data: dict[str, Any] | None = None) -> None:
    ref = Ref(SETUP_TYPE_ID, mailbox.pk)
    emit(name, ref=ref, title=mailbox.address, actor=actor, at=at, data=data)
