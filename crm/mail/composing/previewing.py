"""The letter before it leaves: how it will read, and who it could go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.mail import addressbook
from crm.mail.composing import letters
from crm.mail.models import Draft
from crm.records import filling
from crm.records.registry import service_for

if TYPE_CHECKING:
    from crm.identity.models import User
    from crm.mail.addressbook import Suggestion
    from crm.mail.composing.drafts import Given

#: So many people of a record are offered before anything is typed.
MOST = 8


def preview(given: Given, user: User) -> dict[str, Any]:
    """Return subject and text as they would leave, and the fields that are empty on this record.

    Raises:
        CannotSend: when it names fields that nobody knows.
    """
    ref = given.ref
    draft = Draft(
        author=user,
        mailbox=given.mailbox,
        answers=given.answers,
        how=given.how,
        quotes=given.quotes,
        subject=given.subject,
        html=given.html,
        type_id=ref.type_id if ref else 0,
        record_id=ref.id if ref else None,
    )
    record = letters.record_of(draft)
    html = letters.body_of(draft, record)
    subject = filling.fill_text(given.subject, record, user)
    missing = [*subject.missing, *filling.fill_html(given.html, record, user).missing]
    return {"subject": subject.text, "html": html, "missing": list(dict.fromkeys(missing))}


def recipients_on(record: Any, user: User) -> list[Suggestion]:
    """Return whom a letter on this record would go to: the people it belongs to."""
    if record is None:
        return []
    refs = [record.ref, *service_for(record).links(record)]
    return addressbook.of_records(list(dict.fromkeys(refs)), user, MOST)
