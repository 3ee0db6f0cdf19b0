"""The lines of a timeline, of a plan and of Today as markup.

A page holds dozens of each, so they are joined as text (as the rows of a list are): a template
per line would cost more than reading them. What else a timeline shows is in templates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.timeline.states import due_html
from crm.ui import formats
from crm.ui.formats import address_pattern
from crm.ui.templatetags.ui import avatar, drawn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crm.timeline.entries import Change, Day, Entry
    from crm.timeline.models import Activity
    from crm.timeline.timelines import Planned
    from crm.timeline.today import TodayRow

KIND_ICONS = {"task": "circle-check", "call": "phone", "meeting": "calendar-event", "note": "note"}
#: So much of a changed value is shown.
VALUE = 80


def kind_sign(kind: str) -> SafeString:
    """Draw the sign of a kind of activity."""
    return drawn(KIND_ICONS.get(kind, "circle"))


def menu(address: str, label: str, css: str = "") -> str:
    """Write a menu that is fetched when it opens."""
    marked = f' class="{css}"' if css else ""
    return (
        f'<drop-menu{marked}><button type="button" class="btn btn-icon btn-sm btn-ghost" '
        f'aria-label="{escape(label)}">{drawn("dots")}</button>'
        f'<div class="menu menu-end" hidden data-src="{escape(address)}"></div></drop-menu>'
    )


def menu_address(activity: Activity, on: str) -> str:
    before, after = address_pattern("timeline:menu", 0)
    return f"{before}{activity.pk}{after}?on={on}"


# What happened


def days_html(days: Iterable[Day], on: str, last_day: str = "") -> SafeString:
    """Write lines under their days; ``last_day`` is the day shown last, which isn't named again."""
    parts = []
    for day in days:
        if day.label != last_day:
            parts.append(f'<li class="timeline-day">{escape(day.label)}</li>')
        parts += [entry_html(entry, on) for entry in day.entries]
    return mark_safe("".join(parts))


def entry_html(entry: Entry, on: str) -> str:
    """Write one line: who, what, when, and the long text below."""
    tone = " event-quiet" if entry.is_quiet else f" tone-{entry.tone}" if entry.tone else ""
    note = " event-note" if entry.activity is not None and entry.activity.kind == "note" else ""
    words = f" <span>{escape(entry.words)}</span>" if entry.words else changes_html(entry)
    facts = "".join(f' <span class="event-fact">{escape(fact)}</span>' for fact in entry.facts)
    text = f'<div class="event-card">{entry.text_html}</div>' if entry.text else ""
    return (
        f'<li class="event{tone}{note}"><span class="event-icon">{drawn(entry.icon)}</span>'
        f'<div class="event-body"><div class="event-head"><b>{escape(entry.who)}</b>{words}{facts}'
        f'{other_html(entry)} <span class="event-end">{clock_html(entry.event.at)}{entry_menu(entry, on)}'
        f"</span></div>{text}{entry.card.html if entry.card else ''}{files_html(entry)}</div></li>"
    )


def changes_html(entry: Entry) -> str:
    """Write the fields that were changed, the rest counted."""
    parts = [change_html(change) for change in entry.shown_changes]
    if count := entry.more_changes:
        rest = ngettext("and %(count)s more field", "and %(count)s more fields", count) % {"count": count}
        parts.append(f' <span class="event-change">{escape(rest)}</span>')
    return "".join(parts)


def change_html(change: Change) -> str:
    old = f'<del>{shortened(change.old)}</del> <span aria-hidden="true">→</span> ' if change.old else ""
    new = f"<ins>{shortened(change.new)}</ins>" if change.new else f"<span>{escape(_('emptied'))}</span>"
    return f' <span class="event-change">{escape(change.label)}: {old}{new}</span>'


def shortened(text: str) -> str:
    return escape(text if len(text) <= VALUE else Truncator(text).chars(VALUE))


def other_html(entry: Entry) -> str:
    """Name the record it happened to, when that is another one than the page's."""
    if entry.other is None:
        return ""
    icon, title, url = entry.other
    return f' <a class="event-other" href="{escape(url)}">{drawn(icon)}{escape(title)}</a>'


def files_html(entry: Entry) -> str:
    return render_to_string("ui/files/event.html", {"lines": entry.files}) if entry.files else ""


def entry_menu(entry: Entry, on: str) -> str:
    if not entry.may_change or entry.activity is None:
        return ""
    return menu(menu_address(entry.activity, on), _("More"), "event-menu")


def clock_html(moment: datetime) -> str:
    """Write the time of a line whose day stands above it; all of it on hover."""
    local = timezone.localtime(moment)
    exact = escape(formats.text_moment(moment))
    return f'<time datetime="{moment.isoformat()}" title="{exact}">{local:%H:%M}</time>'


# What is planned


def plan_html(rows: Iterable[Planned], on: str, at: datetime) -> SafeString:
    """Write the lines of a plan."""
    return mark_safe("".join(planned_html(row, on, at) for row in rows))


def planned_html(row: Planned, on: str, at: datetime) -> str:
    """Write one planned activity: done with one click, opened or moved with another."""
    activity = row.activity
    title: str = escape(str(activity))
    named, done, more = title, "", ""
    if row.may_change:
        before, after = address_pattern("timeline:change", 0)
        named = (
            f'<a href="{formats.page_url(activity)}" hx-get="{before}{activity.pk}{after}" '
            f'hx-target="#panel">{title}</a>'
        )
        done = done_button(activity, f"?on={on}", "#timeline-feed", _("Done"))
        label = _("Move or change: %(activity)s") % {"activity": activity}
        more = menu(menu_address(activity, on), label)
    other = f' <span class="text-secondary text-small">{escape(row.other)}</span>' if row.other else ""
    late = " overdue" if row.is_overdue else ""
    return (
        f'<li class="plan-item{late}">{done}{kind_sign(activity.kind)}'
        f'<span class="plan-text">{named}{important(activity)}{other}</span>'
        f"{due_html(activity, at)}{avatar(activity.owner, size='xs')}{more}</li>"
    )


def done_button(activity: Activity, query: str, target: str, hint: str, extra: str = "") -> str:
    before, after = address_pattern("timeline:act", 0, "complete")
    label = escape(_("Done: %(activity)s") % {"activity": activity})
    return (
        f'<button type="button" class="btn-done"{extra} hx-post="{before}{activity.pk}{after}{query}" '
        f'hx-target="{target}" hx-swap="outerHTML" aria-label="{label}" title="{escape(hint)}">'
        f"{drawn('check')}</button>"
    )


def important(activity: Activity) -> str:
    if activity.priority != activity.Priority.HIGH:
        return ""
    return f' <span class="badge tone-danger">{escape(_("Important"))}</span>'


# Today


def today_html(rows: Iterable[TodayRow], *, with_owner: bool) -> SafeString:
    """Write rows of Today."""
    return mark_safe("".join(today_row(row, with_owner=with_owner) for row in rows))


def today_row(row: TodayRow, *, with_owner: bool) -> str:
    """Write one thing to see to: what it is, why it is here, done or moved without leaving."""
    activity = row.activity
    if activity is not None and row.may_change:
        hint = f"{_('Done')} (d)"
        sign = done_button(activity, "?on=today", "closest li", hint, ' data-act="d"')
    else:
        sign = f'<span class="today-sign">{drawn(row.icon)}</span>'
    kind = kind_sign(activity.kind) if activity is not None else ""
    mark = important(activity) if activity is not None else ""
    owner = avatar(row.record.owner, size="xs") if with_owner else ""
    url, title = escape(row.url), escape(row.title)
    return (
        f'<li class="today-row" id="today-{row.key}" tabindex="-1" data-url="{url}">{sign}'
        f'<div class="today-text"><a class="today-title" href="{url}">{kind}{title}</a>'
        f'{mark}<div class="today-sub">{subtitle(row)}{facts(row)}</div></div>'
        f'<span class="today-reason">{escape(row.reason)}</span>{owner}{move_menu(row)}</li>'
    )


def subtitle(row: TodayRow) -> str:
    if not row.subtitle:
        return ""
    if row.subtitle_url:
        return f'<a href="{escape(row.subtitle_url)}">{escape(row.subtitle)}</a>'
    return f"<span>{escape(row.subtitle)}</span>"


def facts(row: TodayRow) -> str:
    return "".join(f"<span>{escape(fact)}</span>" for fact in row.facts)


def move_menu(row: TodayRow) -> str:
    """Write the menu that moves an activity to another day, or plans the next step with a record."""
    if not row.may_change:
        return ""
    if row.activity is not None:
        icon, words, address = "calendar-due", _("Move"), menu_address(row.activity, "today")
    else:
        before, after = address_pattern("timeline:plan", row.record.record_type.slug, 0)
        icon, words = "calendar-plus", _("Plan")
        address = f"{before}{row.record.pk}{after}?on=today&row={row.key}"
    return (
        f'<drop-menu class="today-move"><button type="button" class="btn btn-sm" data-act="m" '
        f'title="{escape(words)} (m)">{drawn(icon)}<span>{escape(words)}</span></button>'
        f'<div class="menu menu-end" hidden data-src="{escape(address)}"></div></drop-menu>'
    )
