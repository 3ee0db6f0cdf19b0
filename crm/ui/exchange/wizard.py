"""The steps of an import after the upload: mapping, check, run, result, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from crm.identity.access import access_for
from crm.lib.tabular import TableError
from crm.lib.tabular.encodings import ENCODINGS
from crm.lib.tabular.shapes import DELIMITERS
from crm.records import jobs
from crm.records.events import has_rules
from crm.records.importing.files import earlier_import, reshape
from crm.records.importing.guessing import facts_of, guess_plan
from crm.records.importing.mapping import OUTSIDE_ID, ImportPlan, MappingError, fingerprint, read_plan
from crm.records.importing.references import References
from crm.records.importing.running import CHECK, IMPORT, failed_file, start_check, start_import
from crm.records.importing.targets import Target, Writing
from crm.records.importing.undoing import undo_preview
from crm.records.models import ExternalId, ImportFile, ImportMapping, Job, JobState
from crm.ui.admin.rights import may_administer
from crm.ui.declaration import has_views, views_of
from crm.ui.exchange.mapping import MappingForm, read_form
from crm.ui.exchange.previews import preview_of
from crm.ui.exchange.uploads import mappings_for, may_import, own_file
from crm.ui.feedback import go_to, toast
from crm.ui.jobviews import may_undo, own_jobs

if TYPE_CHECKING:
    from django.http import HttpResponseBase


class StepPage(LoginRequiredMixin, View):
    """A page about one brought file."""

    kept: ImportFile
    target: Target

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.kept, self.target = own_file(request.user, kwargs.pop("token"))
        return super().dispatch(request, *args, **kwargs)

    def url(self, name: str, *args: Any) -> str:
        """An address of this import."""
        return reverse(f"ui:{name}", args=[self.kept.token, *args])

    def own_job(self, pk: int) -> Job:
        """A job about this file, or 404."""
        job: Job | None = own_jobs(self.request.user).filter(pk=pk, params__file=self.kept.pk).first()
        if job is None:
            raise Http404
        return job


class MapView(StepPage):
    """``/import/<token>/``: which column goes where."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(self.plan(request.GET.get("mapping", "")))

    def post(self, request: HttpRequest) -> HttpResponse:
        plan = read_form(request.POST, self.kept, self.target, access_for(request.user))
        self.kept.mapping = plan.as_json()
        self.kept.save(update_fields=["mapping"])
        if getattr(request, "htmx", False):
            return self.show(plan, part="#mapping")
        form = self.form(plan)
        problem = self.problem(form)
        if problem:
            return self.show(plan, problem=problem, status=422)
        if request.POST.get("save_name", "").strip():
            self.save_mapping(plan)
        job = start_check(self.kept, plan, actor=self.actor, now=False)
        return redirect("ui:import_job", token=self.kept.token, pk=job.pk)

    @property
    def actor(self) -> Any:
        return self.request.user

    def plan(self, chosen: str) -> ImportPlan:
        """The mapping so far, a saved one that fits the header, or a guess."""
        source = self.kept.name.rpartition(".")[0] or self.kept.name
        guess = guess_plan(facts_of(self.kept.survey), self.target, source=source)
        for facts in facts_of(self.kept.survey):
            if facts.date_ambiguous:
                guess.columns[facts.name].date = ""
        saved = mappings_for(self.request.user, self.target)
        guess.source = known_source(self.kept, self.target, guess) or guess.source
        if chosen.isdecimal():
            picked = saved.filter(pk=int(chosen)).first()
            return self.applied(picked, guess) if picked else guess
        if self.kept.mapping:
            return read_plan(self.kept.mapping, guess)
        fitting = saved.filter(fingerprint=fingerprint(self.kept.header)).order_by("-used_at", "-pk").first()
        return self.applied(fitting, guess) if fitting else guess

    def applied(self, mapping: ImportMapping, guess: ImportPlan) -> ImportPlan:
        """A saved mapping over the guess; a column that the file lacks is passed over."""
        ImportMapping.objects.filter(pk=mapping.pk).update(used_at=timezone.now())
        self.used = mapping
        raw = dict(mapping.mapping)
        raw["columns"] = {
            name: rule for name, rule in raw.get("columns", {}).items() if name in guess.columns
        }
        return read_plan(raw, guess)

    used: ImportMapping | None = None

    def form(self, plan: ImportPlan) -> MappingForm:
        """The plan with what is known of the file."""
        writing = Writing(self.actor, timezone.now(), Job())
        return MappingForm(self.kept, self.target, plan, References(writing), access_for(self.actor))

    def problem(self, form: MappingForm) -> str:
        """Why the file can't be checked yet."""
        undecided = form.undecided()
        if undecided:
            text = _("Say how the dates of “%(column)s” are written: they can be read in two ways.")
            return text % {"column": undecided[0]}
        if not any(row.is_used for row in form.rows):
            return _("No column goes anywhere yet. Choose a field for at least one.")
        if form.plan.mode == "update" and not form.plan.match:
            return _("Choose by what records are recognised, or nothing can be updated.")
        return ""

    def save_mapping(self, plan: ImportPlan) -> None:
        """Keep the mapping under a name for the next file of this header."""
        name = self.request.POST["save_name"].strip()[:120]
        ImportMapping.objects.update_or_create(
            target=self.target.slug,
            owner=self.actor,
            name=name,
            defaults={
                "mapping": plan.as_json(),
                "fingerprint": fingerprint(self.kept.header),
                "is_shared": "save_shared" in self.request.POST,
            },
        )

    def show(self, plan: ImportPlan, *, problem: str = "", part: str = "", status: int = 200) -> HttpResponse:
        form = self.form(plan)
        context = {
            "kept": self.kept,
            "target": self.target,
            "form": form,
            "plan": plan,
            "problem": problem,
            "mappings": mappings_for(self.request.user, self.target),
            "used": self.used,
            "earlier": earlier_import(self.kept),
            "encodings": ENCODINGS,
            "delimiters": DELIMITERS,
            "step": 2,
        }
        return render(self.request, f"ui/exchange/map.html{part}", context, status=status)


def known_source(kept: ImportFile, target: Target, plan: ImportPlan) -> str:
    """The name under which most ids of this file came before, so that its rows find their records."""
    column = plan.column_of(OUTSIDE_ID)
    values = next((list(facts.values) for facts in facts_of(kept.survey) if facts.name == column), [])
    if not values:
        return ""
    found = (
        ExternalId.objects.filter(type_id=target.type_id, value__in=values)
        .values_list("source")
        .annotate(count=Count("pk"))
        .order_by("-count", "source")
        .first()
    )
    return str(found[0]) if found and found[1] * 2 > len(values) else ""


class ShapeView(StepPage):
    """POST: the file is read another way (encoding, separator, header, sheet, repaired or not)."""

    def post(self, request: HttpRequest) -> HttpResponse:
        changes: dict[str, Any] = {}
        for name in ("encoding", "delimiter", "sheet"):
            if request.POST.get(name):
                changes[name] = {"tab": "\t"}.get(request.POST[name], request.POST[name])
        if request.POST.get("skip", "").isdecimal():
            changes["skip"] = min(int(request.POST["skip"]), 1000)
        if "repair" in request.POST:
            changes["mangled"] = request.POST["repair"] == "yes"
        if "header_shown" in request.POST:
            changes["has_header"] = "has_header" in request.POST
        response = redirect(self.url("import_map"))
        try:
            reshape(self.kept, **changes)
        except (TableError, LookupError) as refused:
            return toast(request, response, str(refused), tone="danger")
        return response


class ImportJobView(StepPage):
    """``/import/<token>/jobs/5/``: how far a check or an import is, and what came of it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self.own_job(pk)
        undo_job = job.undone_by.order_by("-pk").first()
        watched = undo_job if undo_job and not undo_job.is_finished else job
        is_poll = request.headers.get("HX-Target") == "job"
        if is_poll and watched.is_finished:
            return go_to(request, self.url("import_job", pk))
        context = {
            "watched": watched,
            "kept": self.kept,
            "target": self.target,
            "job": job,
            "result": job.result,
            "counts": job.result.get("counts", {}),
            "parts": self.parts(job),
            "is_check": job.kind == CHECK,
            "step": 3 if job.kind == CHECK else 4,
            "may_undo": job.kind == IMPORT and may_undo(job),
            "rows_url": self.rows_url(job),
            "has_failed": failed_file(job) is not None,
            "undo_job": undo_job,
            "may_run": may_import(request.user, self.target),
            "asks_rules": hasattr(self.target, "model") and has_rules_for(self.target.model),
            "preview": preview_of(job, self.target, self.kept.header, request.GET.get("show", "")),
        }
        return render(request, "ui/exchange/job.html#job" if is_poll else "ui/exchange/job.html", context)

    def parts(self, job: Job) -> list[tuple[str, int]]:
        """What else came out of the rows: calls beside people."""
        counts = job.result.get("parts", {})
        return [(str(part.label), counts[part.key]) for part in self.target.parts if counts.get(part.key)]

    def rows_url(self, job: Job) -> str:
        """The list of what the import made or changed."""
        if job.kind != IMPORT or not has_views(self.target.model):
            return ""
        return f"{views_of(self.target.model).url('list')}?job={job.pk}"


class RunView(StepPage):
    """POST: what was checked is imported."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        checked = self.own_job(pk)
        if checked.kind != CHECK or not may_import(request.user, self.target):
            raise PermissionDenied
        plan = read_plan(checked.params["plan"])
        try:
            job = start_import(
                self.kept,
                plan,
                actor=request.user,  # type: ignore[arg-type]
                run_rules="run_rules" in request.POST,
            )
        except MappingError as refused:
            # Rights may have changed since the check.
            messages.error(request, str(refused))
            return redirect(self.url("import_map"))
        return redirect("ui:import_job", token=self.kept.token, pk=job.pk)


class CancelImportView(StepPage):
    """POST: stop a check or an import at the next step."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        jobs.cancel(self.own_job(pk))
        return go_to(request, self.url("import_job", pk))


class ResumeView(StepPage):
    """POST: an import that was stopped, or failed, goes on where it ended."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self.own_job(pk)
        if job.kind != IMPORT or job.state not in (JobState.CANCELLED, JobState.FAILED):
            raise PermissionDenied(_("This import can't go on."))
        jobs.resume(job)
        return redirect("ui:import_job", token=self.kept.token, pk=pk)


class FailedFileView(StepPage):
    """The rows that did not land, each with its reason."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        path = failed_file(self.own_job(pk))
        if path is None:
            raise Http404
        name = f"{self.kept.name.rpartition('.')[0] or self.kept.name}-{_('failed')}.csv"
        return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="text/csv")


class UndoImportView(StepPage):
    """``…/undo/``: what taking the import back would do; POST does it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self.own_job(pk)
        if not may_undo(job):
            return redirect("ui:import_job", token=self.kept.token, pk=pk)
        context = {
            "kept": self.kept,
            "target": self.target,
            "job": job,
            "preview": undo_preview(job),
            "step": 4,
        }
        return render(request, "ui/exchange/undo.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self.own_job(pk)
        if not may_undo(job):
            raise PermissionDenied(_("There is nothing left to undo."))
        job.result["undo"] = undo_preview(job).as_json()
        job.save(update_fields=["result"])
        jobs.start_undo(job, actor=request.user)  # type: ignore[arg-type]
        return redirect("ui:import_job", token=self.kept.token, pk=pk)


class DeleteMappingView(LoginRequiredMixin, View):
    """POST: a saved mapping is forgotten."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        own = Q() if may_administer(request.user) else Q(owner=request.user)
        ImportMapping.objects.filter(own, pk=pk).delete()
        return toast(request, redirect("ui:import_hub"), _("Mapping deleted."))


def has_rules_for(model: Any) -> bool:
    """Tell whether an import into a table could start rules."""
    record_type = getattr(model, "record_type", None)
    return record_type is not None and has_rules(record_type.id)
