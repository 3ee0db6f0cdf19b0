"""The page of a job: how far it is, what came of it, cancel and undo."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from crm.records import jobs, registry
from crm.records.models import Job, JobState, JournalEntry
from crm.ui.admin.rights import may_administer
from crm.ui.declaration import has_views, views_of
from crm.ui.feedback import go_to, toast

#: A result with its own template: by the job's kind. Apps add theirs from ``AppConfig.ready``.
RESULTS: dict[str, str] = {
    "bulk": "ui/job/bulk.html",
    "tags": "ui/job/bulk.html",
    "merge": "ui/merge/result.html",
    "undo": "ui/job/undo.html",
    "export": "ui/exchange/export_result.html",
    "import": "ui/exchange/job_result.html",
    "import_check": "ui/exchange/job_result.html",
}
RECENT = 50


def own_jobs(user: Any) -> Any:
    """Return the jobs that ``user`` may see: their own, administrators all."""
    found = Job.objects.select_related("actor", "undoes")
    return found if may_administer(user) else found.filter(actor=user)


class JobView(LoginRequiredMixin, View):
    """``/jobs/5/``: the page, and for htmx its moving part."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = own_job(request, pk)
        context = {
            "job": job,
            "result_template": RESULTS.get(job.kind, "ui/job/result.html"),
            "may_undo": may_undo(job),
            "rows_url": rows_url(job),
            "undo_job": job.undone_by.order_by("-pk").first(),
        }
        part = getattr(request, "htmx", False) and request.headers.get("HX-Target") == "job"
        return render(request, "ui/job.html#job" if part else "ui/job.html", context)


class JobsView(LoginRequiredMixin, View):
    """``/jobs/``: what was started lately."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(
            request, "ui/jobs.html", {"jobs": own_jobs(request.user).order_by("-created_at")[:RECENT]}
        )


class CancelView(LoginRequiredMixin, View):
    """POST: stop at the next step."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = own_job(request, pk)
        jobs.cancel(job)
        return go_to(request, reverse("ui:job", args=[pk]))


class UndoView(LoginRequiredMixin, View):
    """POST: take back all that a job did, as a job of its own."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = own_job(request, pk)
        if not may_undo(job):
            raise PermissionDenied(_("There is nothing left to undo."))
        small = JournalEntry.objects.filter(job=job)[:500].count() < 500
        undo = jobs.start_undo(job, actor=request.user, now=small)  # type: ignore[arg-type]
        kept = undo.result.get("kept_count", 0)
        response = redirect("ui:job", pk=undo.pk)
        if undo.state == JobState.DONE and not kept:
            text = _("Undone.")
            if getattr(request, "htmx", False):
                plain = HttpResponse(status=204)
                plain.headers["HX-Trigger"] = '{"recordsChanged": {}}'
                return toast(request, plain, text)
            return toast(request, response, text)
        return go_to(request, reverse("ui:job", args=[undo.pk]))


def own_job(request: HttpRequest, pk: int) -> Job:
    """Return a job of the viewer, or 404."""
    job: Job | None = own_jobs(request.user).filter(pk=pk).first()
    if job is None:
        raise Http404
    return job


def may_undo(job: Job) -> bool:
    """Tell whether the journal still holds what the job did."""
    if not job.is_finished or job.state == JobState.UNDONE or job.kind == "undo":
        return False
    return JournalEntry.objects.filter(job=job).exists()


def rows_url(job: Job) -> str:
    """Return the list of the records that the job made or changed."""
    try:
        model = registry.by_key(job.params.get("type", "")).model
    except KeyError:
        return ""
    if not has_views(model) or not JournalEntry.objects.filter(job=job).exists():
        return ""
    return f"{views_of(model).url('list')}?job={job.pk}"
