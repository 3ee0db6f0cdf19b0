"""The letter that brings a quote to its customer: proposed in the quote's language, sent by a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from crm.lib import queue
from crm.records.events import emit
from crm.records.registry import service_for
from sales.automation import email_of
from sales.models import Quote, QuoteStatus
from sales.services.quoteverbs import send_quotes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.models import Attachment


def link_of(quote: Quote) -> str:
    return f"{settings.BASE_URL}{reverse('room:room', args=[quote.family.token])}"


def proposed(quote: Quote, user: Any) -> dict[str, str]:
    """Return address, subject and text as they are proposed."""
    with translation.override(quote.language or "en"):
        values = {
            "name": str(quote.person) if quote.person_id else "",
            "number": quote.number,
            "link": link_of(quote),
            "user": str(user),
        }
        greeting = _("Hello %(name)s,") % values if values["name"] else _("Hello,")
        text = _(
            "here is our offer %(number)s. On this page you can read it, ask about each line and accept it:"
        )
        body = f"{greeting}\n\n{text % values}\n\n{link_of(quote)}\n\n{user}"
        subject = _("Offer %(number)s") % values
    if quote.name:
        subject = f"{subject}: {quote.name}"
    return {"to": email_of(quote), "subject": subject[:300], "body": body}


def mail_quotes(
    *,
    records: Sequence[Quote],
    actor: User,
    at: datetime,
    to: str,
    subject: str,
    body: str,
    with_pdf: bool = True,
    via: str = "page",
) -> None:
    """Send quotes by mail; a draft is opened to its customer with it.

    Raises:
        ValidationError: when several are given at once, or the address is missing.
    """
    if len(records) != 1 or not to:
        raise ValidationError(_("A letter goes to one customer."))
    quote = records[0]
    if quote.status in (QuoteStatus.DRAFT, QuoteStatus.APPROVED):
        send_quotes(records=[quote], actor=actor, at=at, via=via)
    elif quote.status != QuoteStatus.SENT:
        raise ValidationError(_("Only an open offer is sent by mail."))
    data = {"to": to, "subject": subject, "body": body}
    links = tuple(service_for(Quote).links(quote))
    emit("quote.mailed", record=quote, actor=actor, at=at, via=via, data=data, links=links)
    queue.enqueue(
        "sales.tasks.mail_quote",
        quote_id=quote.pk,
        actor_id=actor.pk,
        to=to,
        subject=subject,
        body=body,
        with_pdf=with_pdf,
    )


def deliver(quote: Quote, *, sender: User, to: str, subject: str, body: str, pdf: Attachment | None) -> None:
    """Hand the letter to the mail server. Answers go to the colleague who sent it."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    message = EmailMultiAlternatives(
        subject=subject,
        body=body,
        to=[to],
        reply_to=[sender.email] if sender.email else None,
        headers={"Message-ID": f"<quote-{quote.pk}-{quote.version}@{host}>"},
        connection=get_connection(),
    )
    context = {"body": body, "link": link_of(quote), "quote": quote, "language": quote.language or "en"}
    with translation.override(quote.language or "en"):
        message.attach_alternative(render_to_string("sales/quotes/letter.html", context), "text/html")
    if pdf is not None:
        with pdf.content.file.open("rb") as file:
            message.attach(pdf.name, file.read(), "application/pdf")
    message.send()
