"""What the builder of conditions asks for while somebody works in it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import View

from crm.identity.access import access_for
from crm.records import registry
from crm.ui.conditions.builder import Builder
from crm.ui.conditions.parsing import ConditionError, read
from crm.ui.conditions.tree import Asking
from crm.ui.declaration import has_views, views_of
from crm.ui.formats import counted
from crm.ui.paging import CAP


class BuilderView(LoginRequiredMixin, View):
    """Common ground: the type that the address names, if the viewer may open it."""

    def model(self, slug: str) -> Any:
        try:
            model = registry.by_slug(slug).model
        except KeyError:
            raise Http404 from None
        if not has_views(model) or not views_of(model).may_open(access_for(self.request.user)):
            raise Http404
        return model


class RowView(BuilderView):
    """``/conditions/companies/row/?what=f.created``: an empty row for what was chosen."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        model = self.model(slug)
        row = Builder(Asking(request.user, timezone.now())).new(model, request.GET.get("what", "f."))
        if row is None:
            raise Http404
        return render(request, "ui/conditions/row.html", {"row": row})


class SaysView(BuilderView):
    """``/conditions/companies/says/?where=…``: the condition as a sentence, and how many fit it."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        model, at = self.model(slug), timezone.now()
        context: dict[str, Any] = {}
        try:
            tree = read(model, request.GET.get("where") or '{"all":[]}', user=request.user)
        except ConditionError as refused:
            context["problem"] = refused.message
        else:
            fast, slow = tree.parts(request.user, at)
            rows = model.objects.visible_to(request.user).filter(fast)
            count = rows.order_by().values("pk")[: CAP + 1].count()
            if slow and count <= CAP:
                count = rows.filter(slow).count()
            context = {
                "sentence": tree.sentence(at),
                "count": counted(min(count, CAP)),
                "is_more": count > CAP,
                "is_refused": bool(slow) and count > CAP,
            }
        return render(request, "ui/conditions/says.html", context)
