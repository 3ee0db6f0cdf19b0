"""Where administrators keep pipelines, stages and lost reasons; deals and products as they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, F
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from crm.records import jobs
from crm.records.phrases import phrase
from crm.records.ways import way_label
from crm.ui.admin import ReadOnlyAdmin, RecordAdmin, SetupAdmin, SetupInline
from sales import leadadmin, quoteadmin
from sales.models import Deal, DropReason, Lead, LostReason, Pipeline, Product, Stage, StageChange, StageKind

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    ModelForm = forms.ModelForm[Any]
    InlineFormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:
    ModelForm = forms.ModelForm
    InlineFormSet = forms.BaseInlineFormSet


__all__ = ["leadadmin", "quoteadmin"]


def requirable() -> list[tuple[str, str]]:
    """Return the fields that a stage may ask for, by their labels."""
    labels = ((name, str(Deal._meta.get_field(name).verbose_name)) for name in Stage.REQUIRABLE)  # type: ignore[union-attr]
    return [(name, label[:1].upper() + label[1:]) for name, label in labels]


def follow_probabilities(request: HttpRequest, name: str) -> None:
    """Bring deals into line with their stages' probabilities, as a job."""
    stale = Deal.all_objects.exclude(probability=F("stage__probability"))
    if stale.exists():
        title = phrase(gettext_noop("Probabilities of “%(name)s”"), name=name)
        jobs.start("stage_probabilities", actor=request.user, title=title)  # type: ignore[arg-type]


class StageForm(ModelForm):
    """A stage with what it asks for as boxes to tick."""

    required_fields = forms.MultipleChoiceField(
        label=gettext_lazy("Needs"),
        choices=requirable,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("A deal enters the stage only with these, by whichever door it comes."),
    )


class StageLine(ModelForm):
    """A stage in the row of its pipeline."""

    class Meta:
        model = Stage
        fields = ("position", "name", "kind", "probability", "rot_days", "color")
        widgets = {"name": forms.TextInput(attrs={"size": 22})}


class StageSet(InlineFormSet):
    """The stages of one pipeline: a deal must be able to begin, to be won and to be lost."""

    def clean(self) -> None:
        super().clean()
        kinds = {
            form.cleaned_data.get("kind")
            for form in self.forms
            if getattr(form, "cleaned_data", None) and not form.cleaned_data.get("DELETE")
        }
        if not set(StageKind.values) <= kinds:
            raise ValidationError(_("A pipeline has at least one open, one won and one lost stage."))


class Stages(SetupInline):
    """The stages of a pipeline in their order; what each asks for stands on its own page."""

    model = Stage
    form = StageLine
    formset = StageSet
    fields = ("position", "name", "kind", "probability", "rot_days", "color")
    ordering = ("position", "pk")
    show_change_link = True


@admin.register(Pipeline)
class PipelineAdmin(SetupAdmin):
    """Ways of selling, each with its stages."""

    section, order = "sales", 10
    inlines = (Stages,)
    fields = (
        *("name", "position", "is_default", "is_active", "takes_leads", "currency", "teams"),
        *("sent_stage", "accepted_stage"),
    )
    select_fields = ("sent_stage", "accepted_stage")
    filter_horizontal = ("teams",)
    list_display = ("name", "stage_names", "is_default", "is_active", "position")
    list_filter = ("is_active",)
    search_fields = ("name", "stages__name")
    search_help_text = gettext_lazy("Name of a pipeline or of a stage.")
    ordering = ("position", "pk")
    deletable = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("stages")

    @admin.display(description=gettext_lazy("stages"))
    def stage_names(self, pipeline: Pipeline) -> str:
        stages = sorted(pipeline.stages.all(), key=lambda stage: (stage.position, stage.pk))
        return " → ".join(stage.name for stage in stages)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"position": Pipeline.objects.count() + 1, **super().get_changeform_initial_data(request)}

    def after_write(self, request: HttpRequest, obj: Any) -> None:
        follow_probabilities(request, obj.name)


@admin.register(Stage)
class StageAdmin(SetupAdmin):
    """One stage: what it is worth, when a deal in it is neglected, and what it asks for."""

    section, order = "sales", 20
    form = StageForm
    list_display = ("name", "pipeline", "kind", "chance", "rot_days", "needs", "deals_now")
    list_filter = ("pipeline", "kind")
    search_fields = ("name", "pipeline__name")
    search_help_text = gettext_lazy("Name of a stage or of its pipeline.")
    ordering = ("pipeline__position", "pipeline", "position", "pk")
    select_fields = ("pipeline",)
    fieldsets = (
        (None, {"fields": ("pipeline", "name", "kind", "position", "color")}),
        (gettext_lazy("What a deal here is worth"), {"fields": ("probability", "rot_days", "most_deals")}),
        (gettext_lazy("What it asks for"), {"fields": ("required_fields",)}),
        (gettext_lazy("Imports"), {"fields": ("also_called",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related("pipeline")
        counted: QuerySet[Any] = rows.annotate(standing=Count("deals"))
        return counted

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("pipeline",) if obj is not None else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Stages are added on the page of their pipeline."""
        return False

    @admin.display(description=gettext_lazy("probability"), ordering="probability")
    def chance(self, stage: Stage) -> str:
        return f"{stage.probability} %"

    @admin.display(description=gettext_lazy("needs"))
    def needs(self, stage: Stage) -> str:
        labels = dict(requirable())
        return ", ".join(labels.get(name, name) for name in stage.required_fields)

    @admin.display(description=gettext_lazy("deals"))
    def deals_now(self, stage: Any) -> int:
        return int(stage.standing)

    def after_write(self, request: HttpRequest, obj: Any) -> None:
        follow_probabilities(request, obj.name)


@admin.register(LostReason)
class LostReasonAdmin(SetupAdmin):
    """Why deals are lost. Reasons in use are switched off rather than deleted."""

    section, order = "sales", 30
    list_display = ("name", "position", "is_active", "counted")
    list_editable = ("position", "is_active")
    list_filter = ("is_active", "counted")
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name.")
    ordering = ("position", "name")
    deletable = True


@admin.register(DropReason)
class DropReasonAdmin(SetupAdmin):
    """Why leads are dropped. Reasons in use are switched off rather than deleted."""

    section, order = "sales", 35
    list_display = ("name", "position", "is_active", "is_spam")
    list_editable = ("position", "is_active")
    list_filter = ("is_active", "is_spam")
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name.")
    ordering = ("position", "name")
    deletable = True


@admin.register(Lead)
class LeadAdmin(RecordAdmin):
    """Leads, written by the same rules as on their own pages."""

    section, order = "data", 35
    list_display = ("name", "company_name", "email", "status", "source", "owner")
    list_filter = ("status", "source")
    list_select_related = ("source", "owner")
    search_fields = ("name", "company_name", "email")
    search_help_text = gettext_lazy("Name, company or e-mail.")


@admin.register(Product)
class ProductAdmin(RecordAdmin):
    """What is sold."""

    section, order = "data", 30
    list_display = ("name", "code", "series", "price", "currency", "is_active")
    list_filter = ("is_active", "series")
    search_fields = ("name", "code")
    search_help_text = gettext_lazy("Name or code.")


@admin.register(Deal)
class DealAdmin(RecordAdmin):
    """Deals, written by the same rules as on their own pages."""

    section, order = "data", 40
    list_display = ("name", "number", "company", "stage", "amount", "currency", "owner")
    list_filter = ("status", "pipeline")
    list_select_related = ("company", "stage", "owner")
    search_fields = ("name", "=number", "company__name")
    search_help_text = gettext_lazy("Name, number or company.")


@admin.register(StageChange)
class StageChangeAdmin(ReadOnlyAdmin):
    """Which deal stood in which stage, from when until when."""

    section, order = "work", 60
    list_display = ("deal_link", "from_stage", "to_stage", "entered_at", "left_at", "actor", "way")
    list_filter = ("to_stage",)
    list_select_related = ("deal", "from_stage", "to_stage", "actor")
    search_fields = ("deal__name", "=deal__number")
    search_help_text = gettext_lazy("Name or number of a deal.")
    date_hierarchy = None
    ordering = ("-entered_at", "-pk")

    @admin.display(description=gettext_lazy("deal"))
    def deal_link(self, stay: StageChange) -> str:
        return format_html('<a href="{}">{}</a>', stay.deal.get_absolute_url(), stay.deal)

    @admin.display(description=gettext_lazy("by way of"))
    def way(self, stay: StageChange) -> str:
        return way_label(stay.via)
