"""The small parts that every page is made of: icons, buttons, chips, dates, money, panels.

``{% load ui %}``. What has a body is a block tag; what has none is a plain one. /styleguide/
(while DEBUG is on) shows each of them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import template
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from crm.lib.money import format_money
from crm.ui import elements, formats

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.template import Context

register = template.Library()

HUES = 8
EMPTY = SafeString("")
Attributes = dict[str, Any]


def attributes(values: Attributes) -> SafeString:
    """Write attributes; None and False leave one out, True writes it without a value."""
    plain = [
        (name.replace("_", "-"), value) for name, value in values.items() if value not in (None, False, "")
    ]
    return format_html_join(
        "",
        "{}",
        (
            (mark_safe(f" {name}") if value is True else format_html(' {}="{}"', name, value),)
            for name, value in plain
        ),
    )


def drawn(name: str, *, label: str = "", size: str = "") -> SafeString:
    """Draw an icon; with a label it speaks for itself, without one it only decorates."""
    return _drawn(name, str(label), size) if name else EMPTY


@lru_cache(maxsize=2048)
def _drawn(name: str, label: str, size: str) -> SafeString:
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    css = f"icon icon-{size}" if size else "icon"
    return format_html(
        '<svg class="{}" {}><use href="{}#{}"/></svg>', css, spoken, static("vendor/icons.svg"), name
    )


register.simple_tag(drawn, name="icon")


@register.simple_block_tag(takes_context=True)
def button(
    context: Context,
    content: str,
    *,
    url: str = "",
    tone: str = "",
    icon: str = "",
    size: str = "",
    method: str = "",
    panel: str = "",
    dialog: str = "",
    confirm: str = "",
    key: str = "",
    label: str = "",
    icon_only: bool = False,
    type: str = "button",
    name: str = "",
    value: str = "",
    extra_class: str = "",
) -> SafeString:
    """Write a button, a link that looks like one, or (``method="post"``) a form of one button."""
    css = ["btn"]
    css += [f"btn-{tone}"] if tone else []
    css += [f"btn-{size}"] if size else []
    css += ["btn-icon"] if icon_only else []
    css += [extra_class] if extra_class else []
    text = content.strip()
    target = (
        {"hx_get": panel or dialog, "hx_target": "#panel" if panel else "#dialog"} if panel or dialog else {}
    )
    common: Attributes = {"class": " ".join(css), "data_key": key, "aria_keyshortcuts": key, **target}
    common |= {"aria_label": label or (text if icon_only else ""), "title": label if icon_only else ""}
    inside = format_html("{}{}", drawn(icon), EMPTY if icon_only else mark_safe(text))
    if url and method == "post":
        token = get_token(context["request"])
        asked: Attributes = {"data_confirm": confirm, "data_confirm_label": text if confirm else ""}
        return format_html(
            '<form method="post" action="{}" class="btn-form"{}>'
            '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
            '<button type="submit"{}>{}</button></form>',
            url,
            attributes(asked),
            token,
            attributes(common | {"name": name, "value": value}),
            inside,
        )
    if url or panel:
        asked = {"href": url or panel, "data_confirm": confirm}
        return format_html("<a{}>{}</a>", attributes(common | asked), inside)
    plain: Attributes = {"type": type, "name": name, "value": value, "hx_confirm": confirm}
    return format_html("<button{}>{}</button>", attributes(common | plain), inside)


@register.simple_tag
def avatar(user: Any, *, size: str = "sm", title: bool = True) -> SafeString:
    """Draw the round picture of a colleague: photo or initials."""
    if user is None:
        return SafeString(f'<span class="avatar avatar-{size} avatar-none" aria-hidden="true"></span>')
    photo = photo_address(user) if getattr(user, "photo", None) else ""
    return _avatar(str(user), getattr(user, "initials", str(user)[:1]), hue_of(user), photo, size, title)


@lru_cache(maxsize=2048)
def _avatar(name: str, initials: str, hue: int, photo: str, size: str, title: bool) -> SafeString:
    spoken: Attributes = {"title": name, "aria_label": name, "role": "img"}
    hint = attributes(spoken if title else {"aria_hidden": "true"})
    if photo:
        return format_html('<span class="avatar avatar-{}"{}><img src="{}" alt=""></span>', size, hint, photo)
    return format_html('<span class="avatar avatar-{} hue-{}"{}>{}</span>', size, hue, hint, initials)


def photo_address(user: Any) -> str:
    """Where the photo of a colleague is served; a new photo has a new address."""
    return f"{reverse('accounts:photo', args=[user.pk])}?{user.photo.name.rpartition('/')[2]}"


@register.simple_tag
def person(user: Any, *, size: str = "xs") -> SafeString:
    """Write a colleague: picture and name."""
    if user is None:
        return format_html('<span class="person person-none">{}</span>', _("Nobody"))
    return format_html(
        '<span class="person">{}<span>{}</span></span>', avatar(user, size=size, title=False), user
    )


@register.filter
def hue_of(value: Any) -> int:
    """Return the colour that always goes with this record or text."""
    number = getattr(value, "pk", None)
    return int(number if isinstance(number, int) else sum(map(ord, str(value)))) % HUES


@register.simple_tag
def money(amount: Any, currency: str = "") -> SafeString:
    """Write an amount in the reader's format."""
    if amount is None or amount == "":
        return EMPTY
    return format_html('<span class="num">{}</span>', format_money(amount, currency))


@register.simple_tag(takes_context=True)
def when(context: Context, moment: datetime | None, *, absolute: bool = False) -> SafeString:
    """Write an instant relative to now, the exact time on hover."""
    if moment is None:
        return EMPTY
    now = context.get("at") or timezone.now()
    exact = formats.text_moment(moment)
    shown = exact if absolute else formats.text_ago(moment, now)
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, shown)


@register.simple_tag(takes_context=True)
def planned(context: Context, due: datetime | None, at: datetime | None = None) -> SafeString:
    """Say when the next activity is due: overdue, today, later, or that nothing is planned."""
    return due_sign(due, at or context.get("at") or timezone.now())


DUE_ICONS = {"overdue": "alert-circle", "today": "clock", "later": "calendar"}


def due_sign(due: datetime | None, now: datetime) -> SafeString:
    """Write when the next activity is due, as urgent as it is."""
    if due is None:
        return SafeString(f'<span class="due due-none">{escape(_("Nothing planned"))}</span>')
    state, text = formats.due_words(due, now)
    exact = escape(formats.text_moment(due))
    return SafeString(
        f'<time class="due due-{state}" datetime="{due.isoformat()}" title="{exact}">'
        f"{drawn(DUE_ICONS[state])}{escape(text)}</time>"
    )


@register.simple_tag
def chip(*, label: str, value: str = "", url: str = "", icon: str = "", edit: str = "") -> SafeString:
    """Write one filter in use as a piece of a sentence, with a way to drop it; ``edit`` opens a dialog."""
    said = format_html('<span class="chip-value">{}</span>', value)
    if edit:
        said = format_html(
            '<button type="button" class="chip-value chip-edit" hx-get="{}" hx-target="#dialog">{}</button>',
            edit,
            value,
        )
    if label:
        said = format_html('<span class="chip-label">{}</span> {}', label, said)
    mark = drawn(icon)
    if not url:
        return format_html('<span class="chip">{}{}</span>', mark, said)
    hint = _("Remove this filter")
    return format_html(
        '<span class="chip">{}{}<a class="chip-drop" href="{}" aria-label="{}: {}" title="{}">{}</a></span>',
        mark,
        said,
        url,
        hint,
        label or value,
        hint,
        drawn("x"),
    )


@register.simple_tag
def badge(text: Any, *, tone: str = "", hue: int | str = "", dot: bool = False, icon: str = "") -> SafeString:
    """Write a state in a word."""
    css = ["badge"] + ([f"tone-{tone}"] if tone else []) + ([f"hue-{hue}"] if hue != "" else [])
    mark = mark_safe('<span class="dot"></span>') if dot else drawn(icon)
    return format_html('<span class="{}">{}{}</span>', " ".join(css), mark, text)


@register.simple_tag
def tone_dot(tone: str, label: str = "") -> SafeString:
    """Draw a coloured dot; say in ``label`` what it means unless the text beside it does."""
    return format_html(
        '<span class="dot tone-{}"{}></span>',
        tone,
        attributes({"title": label, "role": "img" if label else "", "aria_label": label}),
    )


@register.simple_block_tag
def empty(content: str, *, title: str, icon: str = "inbox", small: bool = False) -> SafeString:
    """Say what is not there yet, what it is for, and how to get one."""
    css = "empty empty-small" if small else "empty"
    return format_html(
        '<div class="{}"><span class="empty-icon">{}</span><p class="empty-title">{}</p>'
        '<div class="empty-text">{}</div></div>',
        css,
        drawn(icon),
        title,
        mark_safe(content.strip()),
    )


@register.simple_block_tag
def panel(
    content: str,
    *,
    title: str,
    icon: str = "",
    count: Any = None,
    add: str = "",
    add_label: str = "",
    more: str = "",
    key: str = "",
    folded: bool = False,
) -> SafeString:
    """Frame a part of the side column: heading, count, add button, folding body."""
    number = format_html(' <span class="count">{}</span>', count) if count not in (None, "") else EMPTY
    adding = add_button(add, add_label or _("Add")) if add else EMPTY
    rest = format_html('<a class="panel-more" href="{}">{}</a>', more, _("Show all")) if more else EMPTY
    mark = drawn(icon)
    return format_html(
        '<section class="panel"><fold-box{}><details{}><summary class="panel-head">{}<h2>{}{}</h2></summary>'
        '<div class="panel-body">{}{}</div></details>{}</fold-box></section>',
        attributes({"key": key}),
        attributes({"open": not folded}),
        mark,
        title,
        number,
        mark_safe(content.strip()),
        rest,
        adding,
    )


def add_button(url: str, label: str) -> SafeString:
    """Write the + that opens a short form in the side panel."""
    return format_html(
        '<a class="btn btn-icon btn-ghost panel-add" href="{}" hx-get="{}" hx-target="#panel"'
        ' aria-label="{}" title="{}">{}</a>',
        url,
        url,
        label,
        label,
        drawn("plus"),
    )


@register.simple_tag
def copyable(text: Any, *, href: str = "", label: str = "") -> SafeString:
    """Write a value that one click copies."""
    if text in (None, ""):
        return EMPTY
    shown = (
        format_html('<a href="{}">{}</a>', href, label or text)
        if is_plain(href)
        else format_html("<span>{}</span>", label or text)
    )
    hint = _("Copy")
    return format_html(
        '<copy-text value="{}" done="{}">{}'
        '<button type="button" class="btn-copy" aria-label="{}: {}" title="{}">{}</button></copy-text>',
        text,
        _("Copied"),
        shown,
        hint,
        text,
        hint,
        drawn("copy"),
    )


def is_plain(href: str) -> bool:
    """Tell whether an address is one that a person may safely click."""
    return bool(href) and urlsplit(href).scheme in ("", "http", "https", "mailto", "tel")


@register.simple_tag
def bundles() -> dict[str, Any]:
    """Return what the head of a page fetches: style sheets, the script, and where single elements are."""
    return {
        "styles": elements.styles(),
        "script": elements.script(),
        "elements": elements.element_addresses(),
    }


@register.simple_tag
def tags(names: Iterable[str]) -> SafeString:
    """{% tags record.tags %}: each as a chip in its colour."""
    return formats.safe(" ".join(formats.html_tag(name) for name in names))
