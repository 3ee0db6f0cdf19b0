"""What the house does by itself: long jobs, due work, saved mappings and views."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from crm.records import jobs, registry
from crm.records.models import DueRow, ImportMapping, Job, JobState, JournalEntry, SavedView
from crm.ui.admin import ReadOnlyAdmin, SetupAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

UNDOABLE = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


def pretty(data: Any) -> str:
    """Return JSON for reading."""
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
    return format_html('<pre class="json">{}</pre>', text)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Imports, bulk edits, exports: how far they are, what came of them; stop or undo one here."""

    section, order = "work", 10
    change_form_template = "admin/job_change_form.html"
    list_display = ("shown_title", "kind", "state", "percent", "actor", "created_at", "finished_at")
    list_filter = ("state", "kind", "created_at")
    list_select_related = ("actor",)
    search_fields = ("title", "actor__full_name", "actor__username")
    search_help_text = _("Title, or who started it.")
    ordering = ("-created_at",)
    readonly_fields = ("shown_title", "percent", "shown_result", "shown_params")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        facts = ("shown_title", "kind", "state", "percent", "message", "actor", "undoes")
        times = ("created_at", "started_at", "finished_at", "heartbeat_at")
        return (
            (None, {"fields": facts}),
            (_("When"), {"fields": times}),
            (_("Result"), {"fields": ("shown_result", "error", "log")}),
            (_("What was asked"), {"fields": ("shown_params",), "classes": ["collapse"]}),
        )

    @admin.display(description=_("title"), ordering="title")
    def shown_title(self, job: Job) -> str:
        return job.caption

    @admin.display(description=_("done"))
    def percent(self, job: Job) -> str:
        return f"{job.share} %"

    @admin.display(description=_("result"))
    def shown_result(self, job: Job) -> str:
        return pretty(job.result)

    @admin.display(description=_("parameters"))
    def shown_params(self, job: Job) -> str:
        return pretty(job.params)

    def get_urls(self) -> list[Any]:
        own = [
            path("<int:pk>/cancel/", self.admin_site.admin_view(self.cancel), name="records_job_cancel"),
            path("<int:pk>/undo/", self.admin_site.admin_view(self.undo), name="records_job_undo"),
        ]
        return [*own, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        job: Job | None = kwargs.get("obj")
        context["can_cancel"] = job is not None and not job.is_finished
        context["can_undo"] = job is not None and self.can_undo(job)
        return super().render_change_form(request, context, *args, **kwargs)

    def can_undo(self, job: Job) -> bool:
        return job.state in UNDOABLE and JournalEntry.objects.filter(job=job).exists()

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask a job to stop; what it has done stays, and can be undone."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        job = Job.objects.get(pk=pk)
        if not job.is_finished:
            jobs.cancel(job)
            self.message_user(request, _("The job stops at its next step."), messages.SUCCESS)
        return self.back_to(job)

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Undo what a job wrote, as a job of its own."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        job = Job.objects.get(pk=pk)
        if not self.can_undo(job):
            self.message_user(request, _("There is nothing to undo."), messages.WARNING)
            return self.back_to(job)
        watch = jobs.start_undo(job, actor=request.user)  # type: ignore[arg-type]
        self.message_user(request, _("Undoing has started."), messages.SUCCESS)
        return self.back_to(watch)

    def back_to(self, job: Job) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:records_job_change", args=[job.pk]))


class DoneFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("Waiting")), ("failing", _("Failing")), ("done", _("Done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        conditions = {
            "waiting": Q(done_at=None),
            "failing": Q(done_at=None, attempts__gt=0),
            "done": Q(done_at__isnull=False),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


@admin.register(DueRow)
class DueAdmin(ReadOnlyAdmin):
    """Work with a date: letters, nightly chores, reminders. Each row happens once."""

    section, order = "work", 30
    list_display = ("kind", "key", "due_at", "attempts", "done_at", "error")
    list_filter = (DoneFilter, "kind")
    search_fields = ("kind", "key")
    search_help_text = _("Kind or key.")
    ordering = ("-due_at",)
    fields = ("kind", "key", "due_at", "attempts", "done_at", "error", "created_at")


def target_label(slug: str) -> str:
    """Return the name of a record type by its slug."""
    try:
        return registry.by_slug(slug).label_plural
    except KeyError:
        return slug


@admin.register(ImportMapping)
class MappingAdmin(SetupAdmin):
    """Mappings that people keep for the next file of the same header."""

    section, order = "data", 10
    deletable = True
    list_display = ("name", "target_name", "owner", "is_shared", "used_at", "created_at")
    list_filter = ("target", "is_shared")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__full_name", "owner__username")
    search_help_text = _("Name of a mapping or of its owner.")
    ordering = ("-created_at",)
    fields = ("name", "target_name", "owner", "is_shared", "shown_mapping", "used_at", "created_at")
    readonly_fields = ("target_name", "shown_mapping", "used_at", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("record type"), ordering="target")
    def target_name(self, mapping: ImportMapping) -> str:
        return target_label(mapping.target)

    @admin.display(description=_("mapping"))
    def shown_mapping(self, mapping: ImportMapping) -> str:
        return pretty(mapping.mapping)


@admin.register(SavedView)
class SavedViewAdmin(SetupAdmin):
    """Tabs above the lists: shared ones, and the one that a role sees first."""

    section, order = "data", 20
    deletable = True
    list_display = ("name", "type_name", "owner", "is_shared", "role", "is_default")
    list_filter = ("is_shared", "role")
    list_select_related = ("owner", "role")
    search_fields = ("name", "owner__full_name", "owner__username")
    search_help_text = _("Name of a view or of its owner.")
    ordering = ("type_id", "position", "name")
    fields = ("name", "type_name", "query", "is_shared", "role", "is_default", "is_pinned", "position")
    readonly_fields = ("type_name",)
    select_fields = ("role",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("list"), ordering="type_id")
    def type_name(self, view: SavedView) -> str:
        try:
            return registry.by_id(view.type_id).label_plural
        except KeyError:
            return str(view.type_id)
