"""Quotes, orders and invoices on paper: what the page holds, in its own language, and the PDF of it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from contacts.models import Address, Company
from crm.identity.models import Organisation
from crm.lib import pdf
from crm.records.files import services as files
from sales.models import Invoice, Order, Quote, SectionPlace
from sales.services.lines import add_up
from sales.sumwords import in_words

if TYPE_CHECKING:
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.models import Attachment

#: A picture larger than this would make a PDF that no mail server takes.
MOST_BYTES = 4_000_000


def data_address(picture: Any) -> str:
    """Return a picture as a data: address; nothing where there is none, or it can't be read."""
    if not picture:
        return ""
    try:
        with picture.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError:
        return ""
    kind = picture.name.rpartition(".")[2].lower()
    media = {"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "gif": "gif", "webp": "webp"}.get(kind)
    if media is None or len(content) > MOST_BYTES:
        return ""
    return f"data:image/{media};base64,{base64.b64encode(content).decode('ascii')}"


def requisites_of(company: Company | None) -> list[tuple[str, str]]:
    """Return the numbers by which a customer's company is known, with what each is called."""
    if company is None:
        return []
    rows = [
        (_("INN"), company.inn),
        (_("KPP"), company.kpp),
        (_("OGRN"), company.ogrn),
        (_("VAT number"), company.vat),
    ]
    return [(label, value) for label, value in rows if value]


def address_of(company: Company | None) -> str:
    """Return the customer's postal address in one line, the billing one first."""
    if company is None:
        return ""
    rows = Address.objects.filter(company=company).order_by("-is_primary", "pk")
    first = rows.first()
    return str(first) if first is not None else ""


class Numbered:
    """A line with its number on paper."""

    def __init__(self, line: Any, number: str) -> None:
        self.line, self.number = line, number


def numbered(lines: list[Any]) -> list[Numbered]:
    """Number what costs something: 1, 2, 3, through all sections."""
    count, found = 0, []
    for line in lines:
        count += 1 if line.costs else 0
        found.append(Numbered(line, str(count) if line.costs else ""))
    return found


def title_of(document: Any) -> str:
    """Return what stands at the top: the kind of paper and its number."""
    values = {"number": document.number, "revision": getattr(document, "revision", 1)}
    if isinstance(document, Invoice):
        return _("Invoice %(number)s") % values
    if isinstance(document, Order):
        return _("Order %(number)s") % values
    if values["revision"] > 1:
        return _("Offer %(number)s, revision %(revision)d") % values
    return _("Offer %(number)s") % values


def day_of(document: Any) -> Any:
    """Return the day that the paper bears."""
    if isinstance(document, Invoice):
        return document.issued_on
    if isinstance(document, Order):
        return document.ordered_on
    return timezone.localtime(document.sent_at or document.updated_at).date()


def context_of(document: Any) -> dict[str, Any]:
    """Return all that the paper says. Call it with the document's language active."""
    organisation, issuer = Organisation.load(), document.issuer
    template = document.template if isinstance(document, Quote) else None
    lines = list(document.lines.order_by("position", "pk"))
    sums = add_up(
        lines,
        currency=document.currency,
        discount=document.discount,
        discount_amount=document.discount_amount,
    )
    sections = list(template.sections.order_by("place", "position", "pk")) if template else []
    shown = [(one, data_address(one.picture)) for one in sections]
    taken = [line for line in lines if not (line.costs and line.is_optional and not line.is_chosen)]
    language = translation.get_language() or "en"
    return {
        "document": document,
        "title": title_of(document),
        "day": day_of(document),
        "language": language,
        "seller": issuer.legal_name or issuer.name
        if issuer
        else organisation.legal_name or organisation.called,
        "requisites": (issuer.requisites if issuer else "") or organisation.requisites,
        "logo": data_address(issuer.logo if issuer and issuer.logo else organisation.logo),
        "signature": data_address(issuer.signature) if issuer and shows_stamp(template) else "",
        "stamp": data_address(issuer.stamp) if issuer and shows_stamp(template) else "",
        "issuer": issuer,
        "template": template,
        "before": [one for one in shown if one[0].place == SectionPlace.BEFORE],
        "after": [one for one in shown if one[0].place == SectionPlace.AFTER],
        "customer": document.company or document.person,
        "customer_name": (document.company.legal_name if document.company else "") or "",
        "customer_numbers": requisites_of(document.company),
        "customer_address": address_of(document.company),
        "lines": numbered(taken),
        "options": [line for line in lines if line.costs and line.is_optional and not line.is_chosen],
        "has_discounts": any(line.discount for line in lines),
        "currency": document.currency,
        "gross": sums.amount(sums.gross),
        "line_discounts": sums.amount(sums.line_discounts),
        "document_discount": sums.amount(sums.document_discount),
        "net": sums.amount(sums.net),
        "total": sums.amount(sums.total),
        "taxes": [(one.rate, one.is_included, sums.amount(one.tax)) for one in sums.taxes if one.rate],
        "count": sum(1 for line in taken if line.costs),
        "words": in_words(sums.amount(sums.total), document.currency, language[:2]),
        "paid": document.paid if isinstance(document, Invoice) else None,
        "left": document.left if isinstance(document, Invoice) else None,
        "is_void": getattr(document, "status", "") == "void",
        "acceptance": getattr(document, "acceptance", None) if isinstance(document, Quote) else None,
    }


def shows_stamp(template: Any) -> bool:
    return template is None or bool(template.shows_stamp)


def html_of(document: Any) -> str:
    """Return the paper as HTML, in the document's language."""
    with translation.override(document.language or Organisation.load().language):
        return render_to_string("pdf/document.html", context_of(document))


def draw(document: Any) -> bytes:
    """Return the paper as a PDF.

    Raises:
        PdfUnavailable: a system library is missing.
    """
    return pdf.render(html_of(document))


def keep(document: Any, *, actor: User | None, at: datetime) -> Attachment:
    """Draw the paper and put it among the document's files; the newest is what customers get."""
    with translation.override(document.language or Organisation.load().language):
        name = f"{title_of(document)}.pdf".replace("/", "-")
    made = files.attach(record=document, upload=ContentFile(draw(document), name=name), actor=None, at=at)
    type(document).all_objects.filter(pk=document.pk).update(pdf_id=made.pk)
    document.pdf_id = made.pk
    return made
