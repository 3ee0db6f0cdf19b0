"""What may be chosen for a related record: found while typing, and only what the viewer may see."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest, JsonResponse
from django.views import View

from crm.identity.models import Team, User
from crm.records import registry, search
from crm.records.models import Record
from crm.ui.pages import RecordPage

LIMIT = 20
#: Text columns by which rows of small tables are found, the first that exists.
NAMED_BY = ("name", "full_name", "title", "username")
ORDERED_BY = ("position", "order", *NAMED_BY)


class Choice(NamedTuple):
    """One thing to choose."""

    value: int
    text: str
    hint: str = ""


@cache
def may_be_chosen() -> frozenset[type[models.Model]]:
    """Return the models that records refer to: nothing else is listed to anybody."""
    found: set[type[models.Model]] = {User, Team}
    for record_type in registry.types():
        for one in record_type.model._meta.get_fields():
            if isinstance(one, models.ForeignKey | models.ManyToManyField) and one.related_model:
                found.add(one.related_model)
        found.add(record_type.model)
    return frozenset(found)


def is_remote(model: type[models.Model]) -> bool:
    """Tell whether there are too many to list: one types and looks."""
    return issubclass(model, Record) or model is User


def choice_rows(model: Any, user: Any) -> models.QuerySet[Any]:
    """Return the rows of a table that ``user`` may choose from, in a sensible order."""
    if hasattr(model, "choices_for"):
        chosen: models.QuerySet[Any] = model.choices_for(user)
        return chosen
    if issubclass(model, Record):
        rows: models.QuerySet[Any] = model.objects.visible_to(user)
        return rows.order_by("-last_touch_at", "-pk")
    names = {one.name for one in model._meta.concrete_fields}
    found = model._default_manager.all()
    if "is_active" in names:
        found = found.filter(is_active=True)
    order = next((name for name in ORDERED_BY if name in names), "pk")
    ordered: models.QuerySet[Any] = found.order_by(order, "pk")
    return ordered


def find_choices(model: Any, user: Any, text: str, limit: int = LIMIT) -> list[Choice]:
    """Return what fits ``text`` best; without one, the latest."""
    text = text.replace("\x00", "").strip()[:200]
    if issubclass(model, Record) and text:
        hits = search.find(user, text, types=[registry.type_of(model)], limit=limit)
        return [Choice(hit.ref.id, hit.title, hit.subtitle) for hit in hits]
    rows = choice_rows(model, user)
    if text:
        names = {one.name for one in model._meta.concrete_fields}
        condition = Q(pk__in=[])
        for name in (*NAMED_BY, "email"):
            if name in names:
                condition |= Q(**{f"{name}__icontains": text})
        rows = rows.filter(condition)
    return [Choice(row.pk, str(row), getattr(row, "job_title", "") or "") for row in rows[:limit]]


class ChoicesView(LoginRequiredMixin, View):
    """``/choices/contacts.company/?q=``: JSON for comboboxes."""

    def get(self, request: HttpRequest, key: str) -> JsonResponse:
        model = next((one for one in may_be_chosen() if one._meta.label_lower == key.lower()), None)
        if model is None:
            raise Http404
        found = find_choices(model, request.user, request.GET.get("q", ""))
        return JsonResponse({"results": [one._asdict() for one in found]})


class RecordChoices(RecordPage):
    """``…/choices/?q=``: the same, below the list of a type."""

    def get(self, request: HttpRequest) -> JsonResponse:
        found = find_choices(self.model, request.user, request.GET.get("q", ""))
        return JsonResponse({"results": [one._asdict() for one in found]})
