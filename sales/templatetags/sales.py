"""What the templates of deals and quotes ask of the viewer's rights, and how states look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from crm.lib.money import digits_of
from crm.ui.formats import text_moment, text_number
from crm.ui.hidden import as_seen
from crm.ui.templatetags.ui import badge
from sales.answering import is_late
from sales.leads.tables import TONES
from sales.models import Deal, Lead, LeadStatus, Quote
from sales.quotes.tables import TONES as QUOTE_TONES

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from django.utils.safestring import SafeString

    from crm.identity.access import Access

register = template.Library()


@register.filter
def sees(access: Access, record: Any) -> bool:
    """Tell whether the viewer sees a record that this one points at."""
    return as_seen(record, access) is record


@register.filter
def shows(access: Access, name: str) -> bool:
    """Tell whether the viewer sees a field of deals."""
    return access.field_level(Deal, name) != "hidden"


@register.filter
def lead_tone(status: str) -> str:
    """Return the tone in which a status of a lead is shown."""
    return TONES.get(LeadStatus(status), "neutral")


@register.filter
def shows_lead(access: Access, name: str) -> bool:
    """Tell whether the viewer sees a field of leads."""
    return access.field_level(Lead, name) != "hidden"


@register.filter
def shows_quote(access: Access, name: str) -> bool:
    """Tell whether the viewer sees a field of quotes."""
    return access.field_level(Quote, name) != "hidden"


@register.simple_tag
def quote_state(quote: Quote) -> SafeString:
    """Write the state of a quote as a badge."""
    tone = QUOTE_TONES.get(quote.status, "")  # type: ignore[call-overload]
    return badge(quote.get_status_display(), tone=tone)


@register.simple_tag
def sum_of(amount: Decimal, currency: str) -> str:
    """Write a sum on paper: all its digits, no sign of the currency."""
    return number_format(amount, decimal_pos=digits_of(currency), use_l10n=True, force_grouping=True)


@register.simple_tag
def unit_price(amount: Decimal, currency: str) -> str:
    """Write a price on paper: with the digits of the currency, and more where it has more."""
    least = digits_of(currency)
    own = max(-int(amount.normalize().as_tuple().exponent), 0)
    return number_format(amount, decimal_pos=max(least, own), use_l10n=True, force_grouping=True)


@register.simple_tag
def quantity(value: Decimal) -> str:
    """Write a quantity without needless digits."""
    return text_number(value)


@register.simple_tag
def answer_sign(lead: Lead, at: datetime, access: Access) -> str:
    """Write until when a new lead is to be answered, and that this is late; nothing once it is answered."""
    due = lead.response_due_at
    if not lead.is_live or lead.responded_at or due is None or not shows_lead(access, "response_due_at"):
        return ""
    when = text_moment(due)
    if is_late(lead, at):
        return format_html(
            '<span class="badge tone-danger" title="{}">{}</span>',
            _("Answer was due %(when)s") % {"when": when},
            _("No answer yet"),
        )
    return format_html("<span>{}</span>", _("Answer due %(when)s") % {"when": when})
