"""Where mail stands: the inbox in the navigation, mailboxes in the settings, letters to tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.mail import selectors
from crm.mail.makers import Maker, register
from crm.mail.sending import outbox
from crm.records.registry import service_for
from crm.timeline.models import Activity
from crm.ui import slots
from crm.ui.navigation import NavItem
from crm.ui.navigation import register as register_item

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from crm.identity.models import User
    from crm.mail.models import Message
    from crm.records.models import Record


def has_mail(user: Any) -> bool:
    """Whoever is signed in may connect a mailbox, and has an inbox."""
    return bool(user.is_authenticated)


INBOX = NavItem(
    key="inbox",
    label=gettext_lazy("Inbox"),
    url_name="mail:inbox",
    icon="inbox",
    permission=has_mail,
    count=selectors.unread_count,
    order=25,
    shortcut="i",
)

OUTBOX = NavItem(
    key="outbox",
    label=gettext_lazy("Outbox"),
    url_name="mail:outbox",
    group="home",
    icon="send",
    permission=has_mail,
    count=lambda user: outbox.in_trouble(user).count(),
    order=26,
)


def settings_entry(request: HttpRequest, **context: Any) -> str:
    return render_to_string("mail/settings_entry.html", {"current": context.get("current", "")})


def make_task(message: Message, actor: User, at: datetime) -> Record:
    """Make a task of a letter, for whoever pressed the key."""
    subject = message.subject or _("Answer a letter")
    values = {"kind": "task", "subject": subject[:250], "body": message.reply_text[:2000], "owner": actor}
    made: Record = service_for(Activity).create([values], actor=actor, at=at)[0].record
    return made


TASK = Maker(
    key="task",
    label=gettext_lazy("Task"),
    done=gettext_lazy("Task made."),
    icon="circle-check",
    letter="t",
    permission="timeline.activity",
    make=make_task,
    order=40,
)


def register_places() -> None:
    """Hand all of it in."""
    register_item(INBOX)
    register_item(OUTBOX)
    slots.fill("settings", "mailboxes", settings_entry)
    register(TASK)
