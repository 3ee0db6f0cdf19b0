"""What the parts of a timeline begin with: who asks, about which record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views import View

from crm.identity.access import access_for
from crm.records import registry
from crm.timeline.linking import about_types
from crm.timeline.models import Activity

if TYPE_CHECKING:
    from datetime import datetime

    from crm.identity.access import Access


class WorkPage(LoginRequiredMixin, View):
    """A page or part that deals with activities."""

    access: Access
    at: datetime

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.at = timezone.now()
        self.access = access_for(request.user)
        return super().dispatch(request, *args, **kwargs)

    def get_target(self, slug: str, pk: int) -> Any:
        """Return the record that activities are about, if the viewer sees it."""
        known = {one.slug: one for one in about_types().values()}
        if slug not in known:
            raise Http404
        model: Any = known[slug].model
        record = model.objects.visible_to(self.request.user).filter(pk=pk).first()
        if record is None:
            raise Http404
        return record

    def get_activity(self, pk: int) -> Activity:
        """Return an activity that the viewer may see: by right, or because they see what it is about."""
        rows = Activity.objects.select_related("owner", "outcome")
        activity = rows.filter(pk=pk).first()
        if activity is None or not self.sees(activity):
            raise Http404
        return activity

    def sees(self, activity: Activity) -> bool:
        if self.access.can(Activity, "view", activity):
            return True
        if activity.about is None:
            return False
        model: Any = registry.by_id(activity.about.type_id).model
        return bool(model.objects.visible_to(self.request.user).filter(pk=activity.about.id).exists())

    def show(self, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        return render(
            self.request, template, {"at": self.at, "access": self.access, **context}, status=status
        )
