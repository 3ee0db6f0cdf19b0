"""Tags of the generic pages: fields of forms, totals, pages of a list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms, template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.records import merging
from crm.ui.cards import cards_html, custom_facts_html
from crm.ui.declaration import has_views, views_of
from crm.ui.formats import counted, page_url, safe, text_number
from crm.ui.templatetags.ui import drawn

if TYPE_CHECKING:
    from django.forms.boundfield import BoundField
    from django.utils.safestring import SafeString

    from crm.records.models import Job
    from crm.records.registry import RecordType
    from crm.ui.paging import Page

register = template.Library()


@register.simple_tag
def merge_links(job: Job) -> dict[str, str]:
    """Return where a merge led, and where it is taken back."""
    survivor = merging.survivor_of(job)
    if survivor is None or not has_views(type(survivor)):
        return {}
    split = views_of(survivor).url("split", survivor.pk, job.pk)
    return {"survivor": page_url(survivor), "split": "" if merging.why_not_split(job) else split}


@register.simple_tag
def control(field: BoundField, **attributes: Any) -> SafeString:
    """Write the control of a form field in the product's look."""
    widget = field.field.widget
    css = "form-control"
    if isinstance(widget, forms.CheckboxInput):
        css = "form-check-input"
    elif isinstance(widget, forms.Select):
        css = "form-select"
    elif isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        css = "form-check-input"
    bad = " is-invalid" if field.errors else ""
    found: SafeString = field.as_widget(attrs={"class": f"{css}{bad}", **attributes})
    return found


@register.inclusion_tag("artel/field.html")
def field(bound: BoundField, *, wide: bool = False) -> dict[str, Any]:
    """Write one field by itself, as ``{% crispy form %}`` writes all."""
    return {"field": bound, "wide": wide}


@register.simple_tag
def field_look(bound: BoundField) -> dict[str, Any]:
    """Return what the template of a field asks of it."""
    widget = bound.field.widget
    when = bound.form.when_of(bound.name) if hasattr(bound.form, "when_of") else None
    return {
        "when": json.dumps(when) if when else "",
        "is_left_out": bool(when and not when["is_shown"]),
        "draft_key": draft_key(bound),
        "is_check": isinstance(widget, forms.CheckboxInput),
        "is_radio": isinstance(widget, forms.RadioSelect),
        "is_group": isinstance(widget, forms.CheckboxSelectMultiple),
    }


def draft_key(bound: BoundField) -> str:
    """Return under which a browser keeps long text that is not saved yet; empty for short values."""
    model = getattr(getattr(bound.form, "Meta", None), "model", None)
    if model is None or not isinstance(bound.field.widget, forms.Textarea):
        return ""
    record = getattr(bound.form, "record", None)
    return f"{model._meta.label_lower}:{record.pk if record else 'new'}:{bound.name}"


@register.simple_tag
def total(page: Page) -> SafeString:
    """Write how many there are: exactly, or about."""
    if page.is_estimate:
        return format_html("{}", _("about %(count)s") % {"count": text_about(page.total)})
    return format_html("{}", text_number(page.total))


def text_about(count: int) -> str:
    """Write an estimate with two digits that mean something: 1.2 M, 340,000."""
    if count >= 1_000_000:
        return _("%(count)s M") % {"count": text_number(round(count / 1_000_000, 1))}
    digits = max(len(str(count)) - 2, 0)
    return text_number(round(count, -digits))


register.simple_tag(counted)


@register.simple_tag
def time_left(job: Job) -> str:
    """Write how long a job will still take, roughly."""
    seconds = job.seconds_left
    if seconds is None:
        return ""
    if seconds < 60:
        text = ngettext("about %(count)d second left", "about %(count)d seconds left", seconds)
        return text % {"count": seconds}
    minutes = round(seconds / 60)
    text = ngettext("about %(count)d minute left", "about %(count)d minutes left", minutes)
    return text % {"count": minutes}


@register.filter
def number(value: Any) -> str:
    """Write a number with the separators of the language."""
    return text_number(value)


@register.simple_tag
def pager_link(url: str, icon: str, label: str, *, rel: str = "", off: bool = False) -> SafeString:
    """Write a step to another page of the list; one that leads nowhere is grey."""
    if not url or off:
        off_html = '<span class="btn btn-icon btn-ghost disabled" aria-disabled="true" title="{}">{}</span>'
        return format_html(off_html, label, drawn(icon))
    return format_html(
        '<a class="btn btn-icon btn-ghost" href="{}" rel="{}" hx-get="{}" hx-target="#rows" '
        'hx-swap="outerHTML" '
        'aria-label="{}" title="{}">{}</a>',
        url,
        rel,
        url,
        label,
        label,
        drawn(icon),
    )


@register.simple_tag
def new_label(record_type: RecordType) -> str:
    """Write what the button says that makes a record of this type."""
    return str(record_type.new) or _("New: %(type)s") % {"type": record_type.label}


@register.simple_tag
def blank_title(views: Any) -> str:
    """Write the title of an empty list."""
    return str(views.empty_title) or _("No %(types)s yet") % {"types": views.record_type().label_plural}


@register.simple_tag(takes_context=True)
def custom_facts(context: Any, record: Any) -> SafeString:
    """Write the custom fields that an administrator wants on cards, those that hold a value."""
    return safe(custom_facts_html(record, context["access"], context.get("at") or timezone.now()))


@register.simple_tag(takes_context=True)
def card_lines(context: Any, *cards: Any, lane: Any = None) -> SafeString:
    """Write the cards of a lane, or these."""
    return cards_html(lane.cards if lane is not None else cards, context["board"], context["access"])
