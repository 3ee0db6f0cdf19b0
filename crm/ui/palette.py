"""One field that finds everything: records of all types, pages, and things to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import View

from crm.identity.access import access_for
from crm.records import registry, search
from crm.records.models import Record
from crm.ui.declaration import all_views, has_views, views_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

QUICK = 8
FULL = 60
RECENT = 6


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the palette."""

    title: str
    url: str
    icon: str
    hint: str = ""
    kind: str = "record"


def found_records(user: Any, text: str, limit: int, types: Any = None) -> list[Found]:
    """Return records that fit, of the types that have pages."""
    hits = search.find(user, text, types=types, limit=limit)
    return [
        Found(
            hit.title,
            views_of(hit.type.model).url("detail", hit.ref.id),
            hit.type.icon,
            hit.subtitle or hit.type.label,
        )
        for hit in hits
        if has_views(hit.type.model)
    ]


def matching_pages(user: Any, text: str) -> list[Found]:
    """Return lists, boards and things to do whose name holds ``text``."""
    access, wanted = access_for(user), search.fold(text)
    found = []
    for views in all_views():
        if not views.may_open(access):
            continue
        one = views.record_type()
        lines = [Found(capital(one.label_plural), views.url("list"), one.icon, _("Page"), "page")]
        if views.board:
            title = _("%(type)s: board") % {"type": capital(one.label_plural)}
            lines.append(Found(title, views.url("board"), "layout-kanban", _("Page"), "page"))
        if access.can(views.model, "add"):
            title = _("New: %(type)s") % {"type": one.label}
            lines.append(Found(title, views.url("quick"), "plus", _("Action"), "action"))
        found += [line for line in lines if wanted in search.fold(line.title)]
    return found[:QUICK]


def recent_records(user: Any) -> list[Found]:
    """Return what ``user`` opened or changed lately, of all types."""
    found: list[tuple[Any, Found]] = []
    for views in all_views():
        if not issubclass(views.model, Record) or not views.may_open(access_for(user)):
            continue
        rows = (
            views.model.objects.visible_to(user).filter(owner=user).order_by("-last_touch_at", "-pk")[:RECENT]
        )
        icon, label = views.record_type().icon, views.record_type().label
        found += [
            (row.last_touch_at, Found(str(row), views.url("detail", row.pk), icon, label)) for row in rows
        ]
    found.sort(key=lambda pair: pair[0], reverse=True)
    return [line for _moment, line in found[:RECENT]]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class PaletteView(LoginRequiredMixin, View):
    """``/search/palette/?q=``: the lines below the field, while one types."""

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").strip()[:200]
        groups = (
            [
                (_("Records"), found_records(request.user, text, QUICK)),
                (_("Pages and actions"), matching_pages(request.user, text)),
            ]
            if text
            else [
                (_("Recent"), recent_records(request.user)),
                (_("Pages and actions"), matching_pages(request.user, "")),
            ]
        )
        context = {"text": text, "groups": [(title, lines) for title, lines in groups if lines]}
        return render(request, "ui/palette.html", context)


class SearchView(LoginRequiredMixin, View):
    """``/search/?q=``: the same as a page, by type."""

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").strip()[:200]
        types = [
            one
            for one in registry.types()
            if has_views(one.model) and access_for(request.user).can(one.model, "view")
        ]
        slug = request.GET.get("type", "")
        chosen = next((one for one in types if one.slug == slug), None)
        lines = found_records(request.user, text, FULL, [chosen] if chosen else types) if text else []
        context = {
            "text": text,
            "types": types,
            "chosen": chosen,
            "lines": lines,
            "is_full": len(lines) == FULL,
        }
        return render(request, "ui/search.html", context)
