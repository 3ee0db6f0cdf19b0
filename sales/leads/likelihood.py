"""``/sales/likelihood/``: how the likelihood of winning is learned, and whether it may be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_noop
from django.views import View

from crm.identity.access import access_for
from crm.identity.scopes import Scope
from crm.records import jobs
from crm.records.models import Job, JobState
from crm.records.phrases import phrase
from crm.ui.feedback import go_to
from sales.likelihood import Learned, learned
from sales.models import Deal, Pipeline
from sales.selectors import catalogue

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from sales.backtest import Report


@dataclass(frozen=True, slots=True)
class Row:
    """One pipeline on the page."""

    pipeline: Pipeline
    known: Learned | None

    @property
    def report(self) -> Report | None:
        return self.known.report if self.known else None

    @property
    def auc_percent(self) -> float:
        return round(100 * self.known.report.auc, 1) if self.known else 0.0


class LikelihoodView(LoginRequiredMixin, View):
    """What the trial gave, per pipeline: sizes, tenths, and whether the score speaks."""

    def get(self, request: HttpRequest) -> HttpResponse:
        access = access_for(request.user)
        if not access.can(Deal, "view"):
            raise PermissionDenied
        found = learned()
        offered = catalogue().open_to(access)
        context = {
            "rows": [Row(pipeline, found.get(pipeline.pk)) for pipeline in offered],
            "may_learn": self.may_learn(access),
            "last": Job.objects.filter(kind="learn_score").order_by("-pk").first(),
        }
        return render(request, "sales/leads/trial.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Learn anew now."""
        if not self.may_learn(access_for(request.user)):
            raise PermissionDenied
        waiting = (JobState.QUEUED, JobState.RUNNING)
        running = Job.objects.filter(kind="learn_score", state__in=waiting).first()
        actor: Any = request.user
        title = phrase(gettext_noop("Learning from closed deals"))
        job = running or jobs.start("learn_score", actor=actor, title=title)
        own = job.actor_id == actor.pk
        return go_to(request, reverse("ui:job", args=[job.pk]) if own else request.path)

    def may_learn(self, access: Any) -> bool:
        """Those who change all deals may have the score learned again."""
        return bool(access.is_root or access.scope(Deal, "change") is Scope.ALL)
