"""What came of a letter, as ``manage.py receive_mail`` tells it to programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.mail import replies
from crm.mail.models import Mailbox, MailboxKind, Outcome
from crm.mail.parsing import parse
from crm.mail.threading import DELIVERED
from crm.records import registry

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from crm.mail.receiving.intake import Intake
    from crm.records.registry import Ref


def mailbox_for(raw: bytes, address: str = "") -> Mailbox | None:
    """Return the mailbox of an address; else that which the letter names, else the first of a team."""
    active: QuerySet[Mailbox] = Mailbox.objects.filter(is_active=True)
    if address:
        return active.filter(address=address.strip().lower()).first()
    letter = parse(raw)
    wanted = [_plain(one.address) for one in letter.addresses("delivered-to", "x-original-to", *DELIVERED)]
    known: dict[str, Mailbox] = {own: mailbox for mailbox in active for own in mailbox.own_addresses}
    for one in wanted:
        if one in known:
            return known[one]
    return active.filter(kind=MailboxKind.TEAM).order_by("pk").first() or active.order_by("pk").first()


def _plain(address: str) -> str:
    """Return an address without what stands behind a plus."""
    local, _at, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def answer_of(intake: Intake) -> dict[str, Any]:
    """Return the answer of ``receive_mail`` (a contract: keys are only ever added)."""
    row, letter, verdict = intake.row, intake.letter, intake.verdict
    message = row.message
    reply = message.reply_text if message else replies.split(letter.text).reply if letter else ""
    return {
        "outcome": row.outcome,
        "message": message.pk if message else None,
        "ticket": _name(intake.ticket),
        "thread": message.thread_id if message else None,
        "record": _name(intake.links[0] if intake.links else None),
        "from": letter.sender.address if letter else "",
        "subject": letter.subject if letter else "",
        "reply_text": reply,
        "is_auto": bool(verdict and verdict.is_auto),
        "is_bounce": bool(verdict and verdict.is_bounce),
        "bounced": [one.address for one in verdict.bounced if one.address] if verdict else [],
        "attachments": [
            {"name": one.name, "size": len(one.data), "type": one.media_type} for one in letter.files
        ]
        if letter
        else [],
        "error": row.reason if row.outcome == Outcome.QUARANTINED else None,
    }


def _name(ref: Ref | None) -> dict[str, Any] | None:
    return {"type": registry.by_id(ref.type_id).slug, "id": ref.id} if ref else None
