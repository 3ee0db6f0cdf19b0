"""``/bin/``: what was deleted within 30 days, found by name, by who and when, and taken out again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View

from crm.identity.access import access_for
from crm.identity.models import User
from crm.records import registry
from crm.records.drafts import RecordErrors
from crm.records.models import Event
from crm.ui.declaration import has_views, views_of
from crm.ui.feedback import toast
from crm.ui.formats import page_url

if TYPE_CHECKING:
    from crm.records.registry import RecordType

PER_PAGE = 50
KEPT_DAYS = 30
#: Columns by which a deleted record is found, those that the type has.
NAMED_BY = ("sort_name", "name", "subject", "email")
WHEN = {
    "": gettext_lazy("in the last 30 days"),
    "1": gettext_lazy("in the last 24 hours"),
    "7": gettext_lazy("in the last 7 days"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One deleted record, and who deleted it."""

    record: Any
    who: Any


class BinView(LoginRequiredMixin, View):
    """The list of one type at a time; POST takes out what is ticked."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = self.rows()
        page = rows[:PER_PAGE]
        who = self.deleters([row.pk for row in page])
        following = ""
        if len(rows) > PER_PAGE:
            query = request.GET.copy()
            query["before"] = f"{page[-1].deleted_at.isoformat()}~{page[-1].pk}"
            following = f"?{query.urlencode()}"
        context = {
            "types": self.types,
            "chosen": self.chosen,
            "lines": [Line(row, who.get(row.pk)) for row in page],
            "next_url": following,
            "days": KEPT_DAYS,
            "q": request.GET.get("q", ""),
            "who": request.GET.get("who", ""),
            "people": self.people(),
            "when": request.GET.get("when", ""),
            "periods": WHEN.items(),
            "is_narrowed": any(request.GET.get(name) for name in ("q", "who", "when")),
        }
        return render(request, "ui/bin.html", context)

    @cached_property
    def types(self) -> list[RecordType]:
        """The types of which the viewer may delete anything."""
        access = access_for(self.request.user)
        return [one for one in registry.types() if has_views(one.model) and access.can(one.model, "delete")]

    @cached_property
    def chosen(self) -> RecordType | None:
        slug = self.request.GET.get("type", "")
        return next((one for one in self.types if one.slug == slug), self.types[0] if self.types else None)

    def rows(self) -> list[Any]:
        """Return a page of deleted records, the latest first, and one more if there are further ones."""
        if self.chosen is None:
            return []
        model: Any = self.chosen.model
        rows = model.all_objects.in_bin().filter(merged_into_id=None)
        rows = rows.visible_to(self.request.user, "delete").filter(self.wanted(model))
        return list(rows.select_related("owner").order_by("-deleted_at", "-pk")[: PER_PAGE + 1])

    def wanted(self, model: Any) -> Q:
        """Return what the address asks for: words, who deleted it, when, and where the page begins."""
        asked, condition = self.request.GET, Q()
        # What a person may not see does not tell by being found, either.
        known = {one.name for one in model._meta.concrete_fields} - access_for(self.request.user).hidden(
            model
        )
        for word in asked.get("q", "").replace("\x00", "").casefold().replace("ё", "е").split()[:8]:
            condition &= Q(
                *[(f"{name}__icontains", word) for name in NAMED_BY if name in known], _connector="OR"
            )
        if asked.get("when") in ("1", "7"):
            condition &= Q(deleted_at__gte=timezone.now() - timedelta(days=int(asked["when"])))
        if asked.get("who", "").isdecimal() and len(asked["who"]) < 19:
            events = self.events().filter(actor_id=int(asked["who"]))
            condition &= Q(pk__in=events.values("record_id"))
        return condition & self.place()

    def place(self) -> Q:
        moment, _sign, pk = self.request.GET.get("before", "").partition("~")
        try:
            at = parse_datetime(moment)
        except ValueError:
            at = None
        if not isinstance(at, datetime) or at.tzinfo is None or not pk.isdecimal() or len(pk) > 18:
            return Q()
        return Q(deleted_at__lt=at) | Q(deleted_at=at, pk__lt=int(pk))

    def events(self) -> Any:
        """Return the events that tell of deletions of the chosen type."""
        assert self.chosen is not None
        name = f"{self.chosen.model._meta.model_name}.deleted"
        since = timezone.now() - timedelta(days=KEPT_DAYS + 1)
        return Event.objects.filter(name=name, type_id=self.chosen.id, created_at__gte=since)

    def deleters(self, ids: list[int]) -> dict[int, Any]:
        """Return who deleted each of these records."""
        if not ids:
            return {}
        rows = self.events().filter(record_id__in=ids).order_by("pk").values_list("record_id", "actor_id")
        by_record = dict(rows)
        people = User.objects.in_bulk({pk for pk in by_record.values() if pk})
        return {record: people[actor] for record, actor in by_record.items() if actor in people}

    def people(self) -> list[User]:
        """Return everybody who deleted records of this type lately."""
        if self.chosen is None:
            return []
        ids = self.events().filter(actor_id__isnull=False).values("actor_id")
        return list(User.objects.filter(pk__in=ids).order_by("full_name", "username")[:100])

    def post(self, request: HttpRequest) -> HttpResponse:
        """Restore one record, or those ticked."""
        record_type = next((one for one in self.types if one.slug == request.POST.get("type")), None)
        if record_type is None:
            raise Http404
        ids = [int(one) for one in request.POST.getlist("ids") if one.isdecimal() and len(one) < 19]
        model: Any = record_type.model
        rows = model.all_objects.in_bin().filter(merged_into_id=None, pk__in=ids)
        records = list(rows.visible_to(request.user, "delete"))
        back = redirect(f"{request.path}?type={record_type.slug}")
        if not records:
            return toast(request, back, _("Tick what shall be restored."), tone="danger")
        actor: Any = request.user
        try:
            views_of(model).service().restore(records, actor=actor, at=timezone.now())
        except RecordErrors as refused:
            return toast(request, back, str(refused), tone="danger")
        if len(records) == 1:
            return toast(request, redirect(page_url(records[0])), _("Restored."))
        text = ngettext("%(count)d record restored.", "%(count)d records restored.", len(records))
        return toast(request, back, text % {"count": len(records)})
