"""``/timeline/deals/12/plans/``: the plans that one click starts on a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import ngettext

from crm.records.drafts import RecordErrors
from crm.timeline import worktime
from crm.timeline.forms import WhenField
from crm.timeline.models import Activity, ActivityPlan
from crm.timeline.services.plans import start_plan
from crm.timeline.showing import after
from crm.timeline.views.base import WorkPage
from crm.ui.feedback import toast, trigger
from crm.ui.forms import as_notes

if TYPE_CHECKING:
    from django.http import HttpRequest

    from crm.lib.dates import When


class StartPlan(WorkPage):
    """Choose a plan and its first day in a dialog."""

    def get(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        return self.dialog(self.get_target(slug, pk))

    def post(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        record = self.get_target(slug, pk)
        if not self.access.can(Activity, "add"):
            raise PermissionDenied
        wanted = request.POST.get("plan", "")
        plan = get_object_or_404(ActivityPlan, pk=wanted if wanted.isdecimal() else 0, is_active=True)
        try:
            when: When | None = WhenField().clean(request.POST.get("start_on", ""))
            start = when.day if when else timezone.localdate()
            drafts = start_plan(plan=plan, records=[record], start_on=start, actor=request.user, at=self.at)  # type: ignore[arg-type]
        except (RecordErrors, ValidationError) as refused:
            problem = " ".join(message for found in as_notes(refused).values() for message in found)
            return self.dialog(record, problem=problem, status=422)
        response = HttpResponse(status=204)
        after(response, record, request.user)
        trigger(response, "recordsChanged", {})
        text = ngettext("%(count)d to-do planned.", "%(count)d to-dos planned.", len(drafts))
        return toast(request, response, text % {"count": len(drafts)})

    def dialog(self, record: Any, *, problem: str = "", status: int = 200) -> HttpResponse:
        plans = (
            ActivityPlan.objects.filter(is_active=True).prefetch_related("steps").order_by("position", "name")
        )
        first = worktime.default_hours().add_days(timezone.localdate(), 0)
        context = {"record": record, "plans": plans, "problem": problem, "first": first}
        return self.show("timeline/plans.html", context, status=status)
