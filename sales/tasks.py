"""What workers and beat do for sales: nightly snapshots, rates, probabilities, papers and letters."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from celery import shared_task
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import Company
from crm.identity.models import Organisation, User
from crm.lib.pdf import PdfUnavailable
from crm.records import due, jobs, registry
from crm.records.models import Event
from crm.records.models.job import JobRefused
from sales import answering, likelihood, revaluing, setup, snapshots
from sales.models import Deal, Quote, QuoteStatus
from sales.quotes import letters, paper
from sales.quotes.panels import pdf_of
from sales.services import DealService
from sales.services.quoteverbs import to_status
from sales.services.rooms import today_here

if TYPE_CHECKING:
    from crm.records.models import DueRow, Job

logger = logging.getLogger(__name__)
CHUNK = 20_000
REINDEXED = 1_000
#: A change of one of these is a new name.
NAMED = {"name", "first_name", "middle_name", "last_name"}


@due.handler("deal_snapshot")
def snapshot(row: DueRow) -> None:
    """Keep what the open pipeline looked like at the end of the day before the row was due."""
    zone = ZoneInfo(Organisation.load().time_zone)
    moment = row.due_at.astimezone(zone)
    snapshots.take_snapshot((moment - timedelta(days=1)).date())


@due.handler("deal_rates")
def rates(_row: DueRow) -> None:
    """Value open deals at the rates of the new day."""
    revaluing.follow_rates(timezone.now())


def on_rates_changed(event_id: int) -> None:
    """Value open deals anew after somebody entered a rate."""
    revaluing.follow_rates(timezone.now())


def on_organisation_changed(event_id: int) -> None:
    """Follow a new language in first names, and a new base currency in all values."""
    event = Event.objects.filter(pk=event_id).first()
    changes = event.data.get("changes", {}) if event else {}
    if "language" in changes:
        setup.rename_defaults(Organisation.load().language)
    if "base_currency" in changes:
        revaluing.follow_rates(timezone.now(), closed_too=True)


def on_customer_changed(event_id: int) -> None:
    """Let deals be found by the new name of their company or person."""
    event = Event.objects.filter(pk=event_id).first()
    if event is None or not NAMED.intersection(event.data.get("changes", {})):
        return
    by = "company" if event.type_id == Company.record_type.id else "person"
    ids = list(Deal.objects.filter(**{by: event.record_id}).values_list("pk", flat=True))
    for start in range(0, len(ids), REINDEXED):
        DealService().reindex(ids[start : start + REINDEXED])


def on_lead_touched(event_id: int) -> None:
    """Note that a lead has its first answer."""
    event = Event.objects.filter(pk=event_id).first()
    if event is not None:
        answering.note_touch(event)


def on_clocks_changed(event_id: int) -> None:
    """Move the time until which open leads are to be answered."""
    answering.follow_clocks()


@due.handler("learn_score")
def learn_score(_row: DueRow) -> None:
    """Learn every night from what was won and lost, and score open leads by it."""
    likelihood.learn_all(timezone.now())
    likelihood.follow_leads()


@jobs.handler("learn_score")
def learn_score_now(job: Job) -> dict[str, Any]:
    """Do the same when somebody asks for it."""
    skilled = likelihood.learn_all(timezone.now(), job)
    return {"skilled": skilled, "leads": likelihood.follow_leads()}


@jobs.handler("stage_probabilities")
def probabilities(job: Job) -> dict[str, Any]:
    """Give deals the probabilities of their stages, after an administrator changed them."""
    last = Deal.all_objects.aggregate(last=Max("pk"))["last"] or 0
    changed = int(job.result.get("changed", 0))
    place = int((job.cursor or {}).get("place", 0))
    while place < last:
        with transaction.atomic():
            changed += revaluing.follow_stages(place, place + CHUNK)
            place += CHUNK
            job.checkpoint({"place": place})
        job.progress(min(place, last), last)
    return {"changed": changed}


@jobs.handler("document_pdf")
def document_pdf(job: Job) -> dict[str, Any]:
    """Draw the PDF of a quote, an order or an invoice, and put it among its files."""
    model: Any = registry.by_slug(job.params["type"]).model
    document = model.objects.visible_to(job.actor).filter(pk=job.params["id"]).first()
    if document is None:
        raise JobRefused(_("This record is gone, or hidden from you."))
    try:
        made = paper.keep(document, actor=job.actor, at=timezone.now())
    except PdfUnavailable as missing:
        raise JobRefused(str(missing)) from None
    return {"url": reverse("ui:file", args=[made.pk]), "record_url": document.get_absolute_url()}


@shared_task(name="sales.tasks.make_quote_pdf")
def make_quote_pdf(quote_id: int) -> None:
    """Draw what was just sent, so that the customer can take it along."""
    quote = Quote.objects.filter(pk=quote_id).first()
    if quote is None:
        return
    try:
        paper.keep(quote, actor=None, at=timezone.now())
    except PdfUnavailable as missing:
        logger.warning("%s", missing)


@shared_task(
    name="sales.tasks.mail_quote",
    autoretry_for=(OSError,),
    max_retries=6,
    retry_backoff=30,
    retry_jitter=False,
)
def mail_quote(quote_id: int, actor_id: int, to: str, subject: str, body: str, with_pdf: bool) -> None:
    """Send the letter that brings a quote; a mail server that is away is tried again for half an hour."""
    quote = Quote.objects.filter(pk=quote_id).first()
    sender = User.objects.filter(pk=actor_id).first()
    if quote is None or sender is None:
        return
    pdf = None
    if with_pdf:
        try:
            pdf = pdf_of(quote) or paper.keep(quote, actor=None, at=timezone.now())
        except PdfUnavailable as missing:
            logger.warning("%s", missing)
    letters.deliver(quote, sender=sender, to=to, subject=subject, body=body, pdf=pdf)


@due.handler("quote_expiry")
def expire(_row: DueRow) -> None:
    """Mark offers whose days are over; the room refuses them by the clock anyway."""
    now = timezone.now()
    late = Quote.objects.filter(status=QuoteStatus.SENT, is_current=True, valid_until__lt=today_here(now))
    for quote in late.order_by("pk").iterator(chunk_size=500):
        to_status([quote], QuoteStatus.EXPIRED, actor=None, at=now, via="quote")
