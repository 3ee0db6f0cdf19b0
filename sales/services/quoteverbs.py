"""What is done with quotes: sent, revised, taken back, answered on the customer's behalf, link closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.records.events import emit
from crm.records.registry import service_for
from sales.models import Quote, QuoteAcceptance, QuoteApproval, QuoteStatus
from sales.models.quote import room_token
from sales.services.lines import LINES, as_rows
from sales.services.quotes import REVISES
from sales.versions import version_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.drafts import Draft
    from crm.records.models import Job

#: What a new revision takes over.
TAKEN = (
    *("name", "deal", "company", "person", "issuer", "template", "language", "currency", "price_list"),
    *("discount", "discount_amount", "intro", "terms", "internal_note", "owner", "team", "tags"),
)


def send_quotes(
    *, records: Sequence[Quote], actor: User | None, at: datetime, via: str = "", job: Job | None = None
) -> list[Draft[Quote]]:
    """Open quotes to their customers: from now on the link shows them, and nothing in them changes."""
    return to_status(records, QuoteStatus.SENT, actor=actor, at=at, via=via, job=job)


def to_status(
    records: Sequence[Quote],
    status: str,
    *,
    actor: User | None,
    at: datetime,
    via: str = "",
    job: Job | None = None,
) -> list[Draft[Quote]]:
    """Hand the step to the quote service; a job without a named door is a bulk action."""
    service: Any = service_for(Quote)
    drafts: list[Draft[Quote]] = service.update(
        records, {"status": status}, actor=actor, at=at, job=job, via=via or ("bulk" if job else "page")
    )
    return drafts


@transaction.atomic
def revise_quote(*, quote: Quote, actor: User | None, at: datetime, via: str = "page") -> Quote:
    """Make the next revision of a quote as a draft; what the customer sees stays until that one is sent.

    Raises:
        ValidationError: when there is a newer revision already, or the quote is still a draft.
    """
    # The family's rows are held, so that two who revise at once don't make two.
    family = list(Quote.all_objects.select_for_update().filter(family=quote.family_id).order_by("revision"))
    newest = family[-1]
    if newest.status in (QuoteStatus.DRAFT, QuoteStatus.WAITING, QuoteStatus.APPROVED):
        raise ValidationError(
            _("Revision %(number)d is in the making already.") % {"number": newest.revision}
        )
    Quote.all_objects.filter(family=quote.family_id).update(is_current=False)
    values = {name: getattr(newest, name) for name in TAKEN}
    row = {**values, LINES: as_rows(newest.lines.order_by("position")), REVISES: newest}
    service: Any = service_for(Quote)
    made: Quote = service.create([row], actor=actor, at=at, via=via)[0].record
    emit(
        "quote.revised",
        record=made,
        actor=actor,
        at=at,
        via=via,
        data={"revision": made.revision},
        links=tuple(service.links(made)),
    )
    return made


def revise_quotes(
    *, records: Sequence[Quote], actor: User | None, at: datetime, via: str = "page"
) -> list[Quote]:
    """Make the next revision of each quote."""
    return [revise_quote(quote=quote, actor=actor, at=at, via=via) for quote in records]


@transaction.atomic
def take_back(*, records: Sequence[Quote], actor: User | None, at: datetime, via: str = "page") -> Any:
    """Make quotes that wait for approval, or were approved, drafts again."""
    QuoteApproval.objects.filter(quote__in=records, state="waiting").update(state="withdrawn", decided_at=at)
    return to_status(records, QuoteStatus.DRAFT, actor=actor, at=at, via=via)


@transaction.atomic
def record_acceptance(
    *, records: Sequence[Quote], actor: User | None, at: datetime, name: str, via: str = "page"
) -> Any:
    """Write down that customers said yes by other means: on paper, by telephone."""
    for quote in records:
        QuoteAcceptance.objects.create(
            quote=quote,
            name=name,
            version_hash=version_hash(quote),
            total=quote.total,
            options=chosen_options(quote),
            at=at,
            recorded_by=actor,
        )
    return to_status(records, QuoteStatus.ACCEPTED, actor=actor, at=at, via=via)


@transaction.atomic
def record_decline(
    *, records: Sequence[Quote], actor: User | None, at: datetime, reason: str = "", via: str = "page"
) -> Any:
    """Write down that customers said no, and why."""
    drafts = to_status(records, QuoteStatus.DECLINED, actor=actor, at=at, via=via)
    Quote.objects.filter(pk__in=[quote.pk for quote in records]).update(decline_reason=reason[:500])
    return drafts


def chosen_options(quote: Quote) -> list[str]:
    """Return the names of the options that were taken."""
    return [line.name for line in quote.lines.order_by("position") if line.is_optional and line.is_chosen]


@transaction.atomic
def close_link(*, records: Sequence[Quote], actor: User | None, at: datetime, via: str = "page") -> None:
    """Close the customers' links: nobody gets in by them any more."""
    for quote in records:
        _guard_link(quote, actor)
        quote.family.revoked_at = at
        quote.family.save(update_fields=["revoked_at"])
        emit("quote.link_closed", record=quote, actor=actor, at=at, via=via)


@transaction.atomic
def renew_link(*, records: Sequence[Quote], actor: User | None, at: datetime, via: str = "page") -> None:
    """Give quotes a new link; the old one is dead for good."""
    for quote in records:
        _guard_link(quote, actor)
        quote.family.token, quote.family.revoked_at = room_token(), None
        quote.family.save(update_fields=["token", "revoked_at"])
        emit("quote.link_renewed", record=quote, actor=actor, at=at, via=via)


def _guard_link(quote: Quote, actor: User | None) -> None:
    service: Any = service_for(Quote)
    # The service's own guard refuses who may not change the record.
    service.update([quote], {}, actor=actor, at=quote.updated_at)
