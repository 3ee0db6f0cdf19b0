"""How a value of each kind is written: the one place for cells, cards, panels and facts.

A cell is made some 400 times per page, so the functions here are small, take the value
alone, and remember what repeats (days, addresses of pages).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from babel import Locale
from babel.dates import format_date
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from crm.records import tagging
from crm.ui.hidden import Hidden

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db import models

EMPTY = SafeString("")
LONG_TEXT = 120
HUES = 8
#: Colours as tables name them, and the classes that paint them.
PAINT = {
    "green": "tone-success",
    "red": "tone-danger",
    "blue": "hue-0",
    "orange": "hue-1",
    "teal": "hue-2",
    "purple": "hue-3",
    "yellow": "hue-4",
    "azure": "hue-5",
    "pink": "hue-6",
    "gray": "hue-7",
}

Html: TypeAlias = Callable[[Any], SafeString]


def safe(text: str) -> SafeString:
    """Mark markup made of escaped parts."""
    return mark_safe(text)


@lru_cache(maxsize=256)
def page_pattern(model: type[models.Model], what: str = "detail") -> tuple[str, str] | None:
    """Return what stands before and after the id in the address of a page of ``model``."""
    name = f"{model._meta.app_label}:{model._meta.model_name}_{what}"
    try:
        before, _id, after = reverse(name, args=[0]).rpartition("/0/")
    except NoReverseMatch:
        return None
    return before + "/", "/" + after


@lru_cache(maxsize=256)
def address_pattern(name: str, *args: Any) -> tuple[str, str]:
    """Return what stands before and after the id in the address called ``name``; 0 marks the id."""
    before, _id, after = reverse(name, args=args).partition("/0/")
    return before + "/", "/" + after


def page_url(record: models.Model, what: str = "detail") -> str:
    """Return the address of a page of ``record``; empty when its type has no pages."""
    pattern = page_pattern(type(record), what)
    return f"{pattern[0]}{record.pk}{pattern[1]}" if pattern else ""


def html_text(value: Any) -> SafeString:
    return escape(value) if value not in (None, "") else EMPTY


def html_long_text(value: Any) -> SafeString:
    text = " ".join(str(value or "").split())
    if len(text) <= LONG_TEXT:
        return escape(text)
    return safe(f'<span title="{escape(text)}">{escape(text[:LONG_TEXT])}…</span>')


def text_number(value: Any) -> str:
    """Write a number with the separators of the language, without trailing zeros."""
    if value is None or value == "":
        return ""
    if isinstance(value, Decimal | float):
        value = Decimal(str(value)).normalize()
        if value == value.to_integral():
            value = int(value)
    return number_format(value, use_l10n=True, force_grouping=True)


def counted(count: int) -> str:
    """Write a number of records in words."""
    return ngettext("%(count)s record", "%(count)s records", count) % {"count": text_number(count)}


def html_number(value: Any) -> SafeString:
    return escape(text_number(value))


@lru_cache(maxsize=4096)
def day_in(language: str | None, value: date, this_year: int) -> str:
    """Write a day shortly, as in "12 Mar 2026"; the year is left out while it is the present one."""
    return format_date(value, "d MMM" if value.year == this_year else "d MMM y", _locale(language))


@lru_cache(maxsize=4096)
def full_day_in(language: str | None, value: date) -> str:
    """Write a day in full where space is not scarce: "24 ноября 2026 г."; English is short enough."""
    if _locale(language).language == "en":
        return day_in(language, value, 0)
    return format_date(value, "long", _locale(language))


@lru_cache(maxsize=8)
def _locale(language: str | None) -> Locale:
    return Locale.parse(language or "en", sep="-")


def text_day(value: date | None, today: date | None = None) -> str:
    """Write a day as in "12 Mar 2026"; without the year when it is this one."""
    if value is None:
        return ""
    today = today or timezone.localdate()
    return day_in(get_language(), value, today.year)


def text_moment(value: datetime | None) -> str:
    """Write an instant in full, in the viewer's zone."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return f"{full_day_in(get_language(), local.date())}, {local:%H:%M}"


def text_ago(value: datetime, now: datetime) -> str:
    """Write how long ago or ahead an instant is: exact within an hour, by the day within a week."""
    seconds = int((now - value).total_seconds())
    if 0 <= seconds < 60:
        return gettext("just now")
    if 0 <= seconds < 3600:
        minutes = seconds // 60
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {"count": minutes}
    local, today = timezone.localtime(value), timezone.localtime(now).date()
    days = (today - local.date()).days
    clock = f"{local:%H:%M}"
    if days == 0:
        return gettext("today at %(time)s") % {"time": clock}
    if days == 1:
        return gettext("yesterday at %(time)s") % {"time": clock}
    if days == -1:
        return gettext("tomorrow at %(time)s") % {"time": clock}
    if 1 < days < 7:
        return ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}
    return text_day(local.date(), today)


def html_moments(now: datetime) -> Html:
    """Return the writer of instants relative to ``now``, with the exact time on hover."""
    zone, language = timezone.get_current_timezone(), get_language()
    today = now.astimezone(zone).date()

    def html(value: Any) -> SafeString:
        if value is None:
            return EMPTY
        local = value.astimezone(zone)
        day = local.date()
        exact = f"{full_day_in(language, day)}, {local:%H:%M}"
        days = (today - day).days
        shown = text_ago(value, now) if -2 < days < 7 else day_in(language, day, today.year)
        return safe(f'<time datetime="{value.isoformat()}" title="{exact}">{shown}</time>')

    return html


def due_words(due: datetime, now: datetime) -> tuple[str, str]:
    """Return how urgent something due is (overdue, today, later) and a few words for it."""
    local, today = timezone.localtime(due), timezone.localtime(now).date()
    days = (local.date() - today).days
    if due < now:
        late = ngettext("%(count)d day late", "%(count)d days late", -days) % {"count": -days}
        return "overdue", late if days else f"{local:%H:%M}"
    if days == 0:
        # What is due by the end of the day has no hour.
        return "today", gettext("Today") if f"{local:%H:%M}" == "23:59" else f"{local:%H:%M}"
    return "later", gettext("Tomorrow") if days == 1 else text_day(local.date(), today)


def html_due(now: datetime) -> Html:
    """Return the writer of when the next activity is due, coloured by its urgency."""

    def html(value: Any) -> SafeString:
        if value is None:
            return EMPTY
        state, words = due_words(value, now)
        exact = escape(text_moment(value))
        return safe(
            f'<time class="due due-{state}" datetime="{value.isoformat()}" title="{exact}">'
            f"{escape(words)}</time>"
        )

    return html


def html_days(now: datetime) -> Html:
    """Return the writer of days."""
    today = timezone.localtime(now).date()
    language = get_language()

    def html(value: Any) -> SafeString:
        if value is None:
            return EMPTY
        return safe(
            f'<time datetime="{value.isoformat()}">{escape(day_in(language, value, today.year))}</time>'
        )

    return html


def html_yes_no(value: Any) -> SafeString:
    if value is None:
        return EMPTY
    return escape(gettext("Yes") if value else gettext("No"))


def html_choices(choices: Any, tones: Mapping[Any, str] | None = None) -> Html:
    """Return the writer of a choice: its label, as a badge where the value has a tone."""
    known: dict[Any, SafeString] = {}

    def html(value: Any) -> SafeString:
        if value not in known:
            # Labels are looked up when a value first turns up: currencies alone are a hundred and fifty.
            label = dict(choices() if callable(choices) else choices or ()).get(value, value)
            label = "" if label is None else str(label)
            tone = (tones or {}).get(value)
            shown = html_text(label)
            known[value] = safe(f'<span class="badge {tone_class(tone)}">{shown}</span>') if tone else shown
        return known[value]

    return html


def html_several(one: Html) -> Html:
    """Return the writer of several choices, each as a badge or with commas between them."""

    def html(value: Any) -> SafeString:
        parts = [one(key) for key in value or ()]
        painted = any(part.startswith("<") for part in parts)
        return safe((" " if painted else ", ").join(parts))

    return html


def html_time(value: Any) -> SafeString:
    """Write an hour of the day."""
    if value is None:
        return EMPTY
    return safe(f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}")


def html_reference(value: Any) -> SafeString:
    """Write a related record as a link to its page."""
    if value is None:
        return EMPTY
    if isinstance(value, Hidden):
        return safe(value.__html__())
    url = page_url(value)
    return safe(f'<a href="{url}">{escape(value)}</a>') if url else escape(value)


def html_file(value: Any) -> SafeString:
    """Write a file as a link that fetches it."""
    if value is None:
        return EMPTY
    before, after = address_pattern("ui:file", 0)
    return safe(f'<a href="{before}{value.pk}{after}">{escape(value)}</a>')


def html_user(value: Any) -> SafeString:
    """Write a colleague: round initials and the name."""
    if value is None:
        return EMPTY
    return safe(
        f'<span class="person"><span class="avatar avatar-xs hue-{value.pk % HUES}" aria-hidden="true">'
        f"{escape(value.initials)}</span><span>{escape(value)}</span></span>"
    )


def html_tag(name: str) -> str:
    """Write one tag in its colour."""
    return f'<span class="badge {tagging.color_of(name)}">{escape(name)}</span>'


def html_tags(value: Any) -> SafeString:
    return safe(" ".join(html_tag(name) for name in value)) if value else EMPTY


def tone_class(tone: str) -> str:
    """Return the class of a tone ("success") or of a plain colour ("green")."""
    return PAINT.get(tone) or (tone if tone.startswith("hue-") else f"tone-{tone}")


def html_email(value: Any) -> SafeString:
    return safe(f'<a href="mailto:{escape(value)}">{escape(value)}</a>') if value else EMPTY


def html_phone(value: Any) -> SafeString:
    return safe(f'<a href="tel:{escape(value)}">{escape(value)}</a>') if value else EMPTY


def html_url(value: Any) -> SafeString:
    """Write an outside address as a link, the scheme left out of its text."""
    if not value:
        return EMPTY
    shown = str(value).split("://", 1)[-1].rstrip("/")
    if not str(value).startswith(("http://", "https://")):
        return escape(value)
    return safe(f'<a href="{escape(value)}" target="_blank" rel="noopener noreferrer">{escape(shown)}</a>')
