"""What the composer sends, read: recipients, the letter that is answered, when it leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from crm.mail.composing import replying
from crm.mail.composing.drafts import Given, read_recipients
from crm.mail.composing.seeing import letters_for, mailboxes_for
from crm.mail.composing.templating import visible_to
from crm.mail.sending.building import CannotSend
from crm.records import registry

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import QueryDict

    from crm.identity.models import User
    from crm.mail.models import Message
    from crm.records.registry import Ref

REMIND = (1, 2, 3, 5, 7, 14)
MOST_RECIPIENTS = 100


def read_token(data: QueryDict) -> UUID:
    """Return what tells this draft from all others.

    Raises:
        CannotSend: when it is none.
    """
    try:
        return UUID(data.get("token", ""))
    except ValueError:
        raise CannotSend(_("This form is out of date. Reload the page.")) from None


def read(data: QueryDict, user: User) -> Given:
    """Return what the composer holds, as far as ``user`` may use it."""
    mailbox = next((one for one in mailboxes_for(user) if str(one.pk) == data.get("mailbox")), None)
    answers = letter_named(data.get("answers", ""), user)
    how = data.get("how", "")
    template = data.get("template", "")
    remind = data.get("remind", "")
    return Given(
        mailbox=mailbox,
        ref=ref_named(data.get("on", ""), user),
        answers=answers,
        how=how if how in replying.HOWS else replying.NEW,
        recipients=recipients_in(data),
        subject=" ".join(data.get("subject", "").replace("\x00", "").split()),
        html=data.get("html", "").replace("\x00", ""),
        template=visible_to(user).filter(pk=template).first() if template.isdecimal() else None,
        quotes="quotes" in data or "with_quotes" not in data,
        tracks_opens="tracks_opens" in data,
        tracks_clicks="tracks_clicks" in data,
        leaves=moment(data.get("leaves", "")),
        withdraw_on_reply="withdraw_on_reply" in data,
        remind_days=int(remind) if remind.isdecimal() and int(remind) in REMIND else None,
        seen_message_id=number(data.get("seen", "")),
        files=[number(one) for one in data.getlist("files") if number(one)],
    )


def recipients_in(data: QueryDict) -> dict[str, list[dict[str, str]]]:
    """Return the recipients: each kind is a JSON list of addresses and names."""
    found: dict[str, Any] = {}
    for role in ("to", "cc", "bcc"):
        try:
            several = json.loads(data.get(role) or "[]")
        except ValueError:
            several = []
        found[role] = [one for one in several if isinstance(one, dict)][:MOST_RECIPIENTS]
    return read_recipients(found)


def check(given: Given, now: datetime) -> None:
    """Refuse what can't be sent, with a sentence for the author.

    Raises:
        CannotSend.
    """
    everybody = [one for several in given.recipients.values() for one in several]
    if not everybody:
        raise CannotSend(_("Say whom it goes to."))
    for one in everybody:
        try:
            validate_email(one["address"])
        except ValidationError:
            raise CannotSend(_("“%(address)s” is no address.") % {"address": one["address"]}) from None
    if given.mailbox is None:
        raise CannotSend(_("Choose a mailbox to write from."))
    if not given.subject:
        raise CannotSend(_("Give it a subject."))
    if given.leaves is not None and given.leaves <= now:
        raise CannotSend(_("The time to send it has passed."))


def letter_named(text: str, user: User) -> Message | None:
    return letters_for(user).filter(pk=text).select_related("thread").first() if number(text) else None


def ref_named(text: str, user: User) -> Ref | None:
    """Return the record of ``deals:12``, if ``user`` sees it."""
    slug, _colon, pk = text.partition(":")
    try:
        record_type = registry.by_slug(slug)
    except KeyError:
        return None
    model: Any = record_type.model
    if not number(pk) or not model.objects.visible_to(user).filter(pk=pk).exists():
        return None
    return record_type.ref(int(pk))


def moment(text: str) -> datetime | None:
    """Return the instant of ``2026-11-24T08:00`` in the present zone; None when there is none."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None:
        return None
    return found if found.tzinfo else timezone.make_aware(found)


def number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
