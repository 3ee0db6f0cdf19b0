"""``/today/``: what calls for a person's attention now, each with its reason."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.timeline import today
from crm.timeline.models import Activity
from crm.timeline.showing import Choices
from crm.timeline.today import Looking, Section
from crm.timeline.views.base import WorkPage

if TYPE_CHECKING:
    from crm.timeline.today import TodayRow

GROUPS = {
    "": gettext_lazy("As it comes"),
    "kind": gettext_lazy("By kind"),
    "record": gettext_lazy("By customer"),
    "owner": gettext_lazy("By person"),
}
WHOSE = {
    "mine": gettext_lazy("Mine"),
    "team": gettext_lazy("My team"),
    "all": gettext_lazy("Everybody"),
}


class TodayPage(WorkPage):
    """The page, or with ``?part=`` one section of it, or the counts."""

    def get(self, request: HttpRequest) -> HttpResponse:
        looking = self.looking()
        part = request.GET.get("part", "")
        if part == "counts":
            heads = self.heads(looking)
            total = sum(count for _key, _source, count in heads)
            return self.show(
                "timeline/today/counts.html", {"heads": heads, "total": total, "is_fragment": True}
            )
        if part:
            source = next((one for one in today.sources(request.user) if one.key == part), None)
            if source is None:
                raise Http404
            if "rest" in request.GET:
                rest = today.section(source, looking, start=today.FIRST)
                context = self.context(looking) | {"rows": rest.rows}
                return self.show("timeline/today/rest.html", context)
            context = self.context(looking) | {"section": self.grouped(today.section(source, looking))}
            return self.show("timeline/today/section.html", context)
        context = self.context(looking)
        # Under headings all must be there at once; else the first come now, the rest when seen.
        end = today.SHOWN if self.group else today.FIRST
        sections = [today.section(one, looking, end=end) for one in today.sources(request.user)]
        context |= {
            "sections": [self.grouped(one) for one in sections],
            "heads": [(one.key, one.source, one.count) for one in sections],
            "total": sum(one.count for one in sections),
        }
        return self.show("timeline/today.html", context)

    def looking(self) -> Looking:
        self.offered = today.whose_of(self.request.user)
        wanted = self.request.GET.get("whose", "")
        return Looking(self.request.user, self.at, wanted if wanted in self.offered else "mine")

    def heads(self, looking: Looking) -> list[Any]:
        counts = today.counts(looking)
        return [(one.key, one, counts[one.key]) for one in today.sources(looking.user)]

    def context(self, looking: Looking) -> dict[str, Any]:
        group = self.request.GET.get("group", "")
        self.group = group if group in GROUPS and (group != "owner" or looking.whose != "mine") else ""
        return {
            "looking": looking,
            "whose": [(name, WHOSE[name], name == looking.whose) for name in self.offered],
            "groups": [
                (name, label, name == self.group)
                for name, label in GROUPS.items()
                if name != "owner" or looking.whose != "mine"
            ],
            "group": self.group,
            "choices": Choices(self.request.user, self.at),
            "may_add": self.access.can(Activity, "add"),
        }

    def grouped(self, section: Section) -> dict[str, Any]:
        """Return a section with its rows under headings, as the address asks."""
        rows = sorted(section.rows, key=self.heading) if self.group else section.rows
        groups = [(name, list(found)) for name, found in groupby(rows, key=self.heading)]
        return {
            "section": section,
            "source": section.source,
            "groups": groups,
            "later": min(section.count, today.SHOWN) - len(rows),
            "rest": section.count - max(len(rows), today.SHOWN),
        }

    def heading(self, row: TodayRow) -> str:
        if self.group == "owner":
            return str(row.record.owner or _("Nobody"))
        if self.group == "record":
            return row.customer or row.title
        if self.group == "kind" and row.activity is not None:
            return str(Activity.Kind(row.activity.kind).label)
        return ""
