"""Answers to forms: kept at once, confirmed where the form asks for it, and taken by a worker in sets.

A request writes one row and nothing else. The worker makes records of all that wait, so a killed
worker loses none and makes none twice: what it made and what it says of the answer is one transaction.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.mail import EmailMessage
from django.core.signing import BadSignature, SignatureExpired, dumps, loads
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from contacts.models import EntryState, FormEntry, WebForm
from contacts.webforms.takers import taker_of
from crm.identity.models import Organisation
from crm.lib import queue
from crm.records import due

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

logger = logging.getLogger(__name__)

SALT = "contacts.webform"
#: Answers are taken in sets of so many.
CHUNK = 200
#: A letter that asks to confirm holds for so long.
CONFIRM_WITHIN = timedelta(days=7)
LETTER = "letter.form_confirmation"


def keep(form: WebForm, **facts: Any) -> FormEntry:
    """Keep an answer and have it taken soon; the same key twice is the same answer."""
    state = EntryState.WAITING if form.confirms and email_of(form, facts["answers"]) else EntryState.QUEUED
    with transaction.atomic():
        entry, is_new = FormEntry.objects.get_or_create(
            key=facts.pop("key"), defaults={"form": form, "state": state, **facts}
        )
        if not is_new:
            return entry
        if state == EntryState.WAITING:
            due.schedule(LETTER, str(entry.pk), entry.at)
            queue.enqueue("crm.records.tasks.run_due")
        else:
            line_up(entry.at)
    return entry


def line_up(at: datetime) -> None:
    """Call a worker; the due row calls again within a minute, should the call get lost."""
    later = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    due.schedule("form_entries", "all", later)
    queue.enqueue("contacts.tasks.take_entries")


def email_of(form: WebForm, answers: dict[str, Any]) -> str:
    """Return the address that somebody left."""
    keys = [one["key"] for one in form.fields if one["kind"] == "email"]
    return next((str(answers[key]) for key in keys if answers.get(key)), "")


def token_of(entry: FormEntry) -> str:
    return dumps(entry.pk, salt=SALT)


def entry_of(token: str) -> FormEntry | None:
    """Return the answer that a link confirms; None when the link is not ours or too old."""
    try:
        pk = loads(token, salt=SALT, max_age=CONFIRM_WITHIN)
    except (BadSignature, SignatureExpired):
        return None
    return FormEntry.objects.select_related("form").filter(pk=pk).first()


def confirm(entry: FormEntry, at: datetime) -> None:
    """Count an answer whose address was confirmed; a second time changes nothing."""
    waiting = FormEntry.objects.filter(pk=entry.pk, state=EntryState.WAITING)
    with transaction.atomic():
        if waiting.update(state=EntryState.QUEUED, confirmed_at=at):
            line_up(at)


def send_confirmation(entry_id: int, base: str) -> None:
    """Send the letter that asks whether it was really them."""
    entry = FormEntry.objects.select_related("form").filter(pk=entry_id, state=EntryState.WAITING).first()
    if entry is None:
        return
    company = Organisation.load()
    with translation.override(entry.language or company.language):
        context = {
            "company": company.name,
            "form": entry.form,
            "url": f"{base}/f/confirm/{token_of(entry)}/",
        }
        EmailMessage(
            subject=_("Please confirm your message to %(company)s") % {"company": company.name},
            body=render_to_string("contacts/webforms/letter.txt", context),
            to=[email_of(entry.form, entry.answers)],
            headers={"Auto-Submitted": "auto-generated"},
        ).send()


def take_all() -> int:
    """Make records of all answers that wait; return how many were taken."""
    taken = 0
    while True:
        with transaction.atomic():
            rows = FormEntry.objects.select_for_update(skip_locked=True, of=("self",))
            entries = list(rows.filter(state=EntryState.QUEUED).select_related("form").order_by("pk")[:CHUNK])
            if not entries:
                return taken
            by_form: dict[int, list[FormEntry]] = defaultdict(list)
            for entry in entries:
                by_form[entry.form_id].append(entry)
            for some in by_form.values():
                take(some[0].form, some)
            FormEntry.objects.bulk_update(entries, ["state", "type_id", "record_id", "error"])
            taken += len(entries)


def take(form: WebForm, entries: Sequence[FormEntry]) -> None:
    """Make records of the answers to one form; where the set is refused, of each by itself."""
    taker = taker_of(form.taker)
    if taker is None:
        fail(entries, _("Nobody takes answers of this kind."))
        return
    try:
        with transaction.atomic():
            found = taker.take(form, entries, timezone.now())
    except Exception as refused:
        if len(entries) > 1:
            for entry in entries:
                take(form, [entry])
            return
        logger.exception("An answer to the form %s could not be taken", form.pk)
        fail(entries, str(refused) or type(refused).__name__)
        return
    for entry, made in zip(entries, found, strict=True):
        if isinstance(made, str):
            fail([entry], made)
        else:
            entry.state, entry.type_id, entry.record_id, entry.error = EntryState.DONE, *made, ""


def fail(entries: Sequence[FormEntry], reason: str) -> None:
    """Note why nothing was made of an answer; a person can try again."""
    for entry in entries:
        entry.state, entry.error = EntryState.FAILED, reason


def try_again(form: WebForm, at: datetime) -> int:
    """Put what failed in line again."""
    with transaction.atomic():
        count = FormEntry.objects.filter(form=form, state=EntryState.FAILED).update(
            state=EntryState.QUEUED, error=""
        )
        if count:
            line_up(at)
    return count
