"""One field that finds everything: records of all types, pages, and things to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from crm.identity.access import access_for
from crm.records import registry, search
from crm.records.importing.targets import targets
from crm.ui import verbs
from crm.ui.declaration import all_views, has_views, views_of
from crm.ui.exchange.uploads import may_import
from crm.ui.navigation import nav
from crm.ui.recent import recent_hits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

QUICK = 8
FULL = 60
RECENT = 6
#: So many hits are looked at to show a mixture of types.
WIDE = 40
EACH = 3


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the palette."""

    title: str
    url: str
    icon: str
    hint: str = ""
    kind: str = "record"


def found_records(user: Any, text: str, limit: int, types: Any = None) -> list[Found]:
    """Return records that fit, of the types that have pages, best first."""
    hits = search.find(user, text, types=types, limit=limit)
    return [line_of(hit) for hit in hits if has_views(hit.type.model)]


def line_of(hit: search.Hit) -> Found:
    url = views_of(hit.type.model).url("detail", hit.ref.id)
    return Found(hit.title, url, hit.type.icon, hit.subtitle or capital(hit.type.label))


def mixed(lines: Sequence[Found], limit: int) -> list[Found]:
    """Return the best lines, no type crowding out the others: three of each first, then the rest."""
    taken: Counter[str] = Counter()
    first: list[Found] = []
    rest: list[Found] = []
    for line in lines:
        (first if taken[line.icon] < EACH else rest).append(line)
        taken[line.icon] += 1
    return [*first, *rest][:limit]


def matching_pages(user: Any, text: str) -> list[Found]:
    """Return places to go and things to make whose name holds ``text``."""
    access, wanted = access_for(user), search.fold(text)
    lines = [Found(str(item.label), item.url, item.icon, _("Page"), "page") for item in nav.items(user)]
    lines += [
        Found(_("Bin"), reverse("ui:bin"), "trash", _("Page"), "page"),
        Found(_("Jobs"), reverse("ui:jobs"), "progress", _("Page"), "page"),
    ]
    known = {line.url for line in lines}
    for views in all_views():
        if not views.may_open(access):
            continue
        one = views.record_type()
        page = Found(capital(one.label_plural), views.url("list"), one.icon, _("Page"), "page")
        lines += [page] if page.url not in known else []
        if access.can(views.model, "add"):
            title = str(one.new) or _("New: %(type)s") % {"type": one.label}
            lines.append(Found(title, views.url("quick"), "plus", _("Action"), "action"))
    if any(may_import(user, target) for target in targets()):
        lines.append(
            Found(_("Import a file"), reverse("ui:import_hub"), "file-import", _("Action"), "action")
        )
    return [line for line in lines if wanted in search.fold(line.title)][:QUICK]


def things_to_do(user: Any, text: str) -> list[Found]:
    """Return what can be done at once with the records that a text names after a verb."""
    found: list[Found] = []
    for verb, name in verbs.asked(text, user):
        hits = search.find(user, name, limit=WIDE) if name else recent_hits(user, RECENT)
        fitting = [hit for hit in hits if has_views(hit.type.model) and hit.type.key not in verb.without]
        for hit in fitting[:EACH]:
            line = line_of(hit)
            title = str(verb.label) % {"name": hit.title}
            found.append(Found(title, f"{line.url}#{verb.anchor}", verb.icon, line.hint))
    return found


def recent_records(user: Any) -> list[Found]:
    """Return what ``user`` opened lately, of all types."""
    return [line_of(hit) for hit in recent_hits(user, RECENT) if has_views(hit.type.model)]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def asked(request: HttpRequest) -> str:
    """Return what somebody looks for."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:200]


class PaletteView(LoginRequiredMixin, View):
    """``/search/palette/?q=``: the lines below the field, while one types."""

    def get(self, request: HttpRequest) -> HttpResponse:
        text = asked(request)
        groups = (
            [
                (_("Do"), things_to_do(request.user, text)),
                (_("Records"), mixed(found_records(request.user, text, WIDE), QUICK)),
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
        text = asked(request)
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
