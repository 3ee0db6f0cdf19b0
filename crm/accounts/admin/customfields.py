"""Fields that administrators add to records: made, tried, ordered, taken away and brought back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.records import registry
from crm.records.customfields import indexes, known, services
from crm.records.customfields.checking import is_open_to
from crm.records.customfields.kinds import kinds
from crm.records.models import CustomField
from crm.ui.admin import ArtelAdmin
from crm.ui.customforms import FieldForm
from crm.ui.feedback import go_to, toast, trigger

if TYPE_CHECKING:
    from datetime import datetime

#: Buttons of the form that only change its shape.
REDRAW = ("redraw", "add_choice", "drop_choice", "add_rule", "drop_rule")


def open_types() -> list[registry.RecordType]:
    """Return the types that take custom fields."""
    return [one for one in registry.types() if is_open_to(one.id)]


@admin.register(CustomField)
class CustomFieldAdmin(ArtelAdmin):
    """The pages stand in the administration but look like the product: one tries what one makes."""

    section, order = "data", 5
    search_fields = ("label", "label_ru", "key")
    search_help_text = _("Label or key.")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        own = [
            path("order/", view(self.order_view), name="records_customfield_order"),
            path("<int:pk>/restore/", view(self.restore_view), name="records_customfield_restore"),
        ]
        return [*own, *super().get_urls()]

    # The list.

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the fields of one record type, in their order."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen = type_of(request)
        rows, text = list(known.definitions(chosen.id)), request.GET.get("q", "").strip()
        if text:
            found = Q(label__icontains=text) | Q(label_ru__icontains=text) | Q(key__icontains=text)
            rows = list(known.definitions(chosen.id).filter(found))
        context = {
            "types": [(one, known.definitions(one.id).count()) for one in open_types()],
            "chosen": chosen,
            "rows": [(row, kinds().get(row.kind), is_waiting(row)) for row in rows],
            "deleted": [(row, days_left(row, timezone.now())) for row in deleted_of(chosen.id)],
            "q": text,
            "add_url": f"{reverse('admin:records_customfield_add')}?type={chosen.slug}",
            "order_url": f"{reverse('admin:records_customfield_order')}?type={chosen.slug}",
        }
        return render(request, "ui/customfields/list.html", context)

    def order_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the order in which rows were dragged."""
        if request.method != "POST":
            raise Http404
        services.order_fields(
            type_id=type_of(request).id,
            keys=request.POST.getlist("key"),
            actor=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
        return toast(request, HttpResponse(status=204), _("Order kept."))

    # The form.

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Make a field, on a page of its own or in the side panel of a record's form."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = FieldForm.new(type_of(request).id, request.user)
        if request.method == "POST":
            return self.save(request, form)
        return self.show(request, form)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        rows = CustomField.objects.filter(deleted_at=None)
        row = get_object_or_404(rows, pk=object_id if object_id.isdecimal() else None)
        form = FieldForm(row, request.user, before=rows.get(pk=row.pk))
        if request.method == "POST":
            return self.save(request, form)
        return self.show(request, form)

    def save(self, request: HttpRequest, form: FieldForm) -> HttpResponse:
        form.read(request.POST)
        if request.POST.get("part") == "preview":
            return render(request, "ui/customfields/preview.html", {"form": form})
        if any(name in request.POST for name in REDRAW):
            return self.show(request, form)
        actor: Any = request.user
        try:
            if form.before is None:
                row = services.create_field(
                    type_id=form.row.type_id, values=form.values(), actor=actor, at=timezone.now()
                )
            else:
                row = services.update_field(
                    field=form.before, values=form.values(), actor=actor, at=timezone.now()
                )
        except ValidationError as refused:
            form.take(refused)
            return self.show(request, form, status=422)
        return self.saved(request, row, is_new=form.before is None)

    def saved(self, request: HttpRequest, row: CustomField, *, is_new: bool) -> HttpResponse:
        text = _("“%(field)s” can be used now.") if is_new else _("Saved.")
        text = text % {"field": row.shown_label} if is_new else text
        if "panel" in request.GET:
            response = trigger(HttpResponse(status=204), "fieldAdded", {"name": row.name})
            return toast(request, response, text)
        return toast(request, go_to(request, list_url(row)), text)

    def show(self, request: HttpRequest, form: FieldForm, *, status: int = 200) -> HttpResponse:
        in_panel = "panel" in request.GET
        is_part = bool(getattr(request, "htmx", False)) and request.method == "POST"
        template = "ui/customfields/panel.html" if in_panel else "ui/customfields/edit.html"
        if is_part:
            template = "ui/customfields/form.html"
        context = {"form": form, "url": request.get_full_path(), "list_url": list_url(form.row)}
        return render(request, template, {**context, "in_panel": in_panel}, status=status)

    # Taking away and bringing back.

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Take a field away; its values rest for 30 days."""
        row = get_object_or_404(CustomField, pk=object_id if object_id.isdecimal() else None)
        if request.method != "POST":
            return go_to(request, list_url(row))
        if not self.has_delete_permission(request):
            raise PermissionDenied
        services.delete_field(field=row, actor=request.user, at=timezone.now())  # type: ignore[arg-type]
        text = _("“%(field)s” is gone from all pages. Its values are kept for 30 days.")
        undo = reverse("admin:records_customfield_restore", args=[row.pk])
        return toast(request, go_to(request, list_url(row)), text % {"field": row.shown_label}, undo=undo)

    def restore_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST":
            raise Http404
        row = get_object_or_404(CustomField, pk=pk)
        services.restore_field(field=row, actor=request.user, at=timezone.now())  # type: ignore[arg-type]
        return toast(request, go_to(request, list_url(row)), _("Restored."))


def type_of(request: HttpRequest) -> registry.RecordType:
    """Return the record type that the address names, else the first."""
    slug = request.GET.get("type", "")
    return next((one for one in open_types() if one.slug == slug), open_types()[0])


def list_url(row: CustomField) -> str:
    return f"{reverse('admin:records_customfield_changelist')}?type={known.type_of(row).slug}"


def deleted_of(type_id: int) -> list[CustomField]:
    """Return the fields of a type that can still be brought back, the latest first."""
    rows = CustomField.objects.filter(type_id=type_id).exclude(deleted_at=None)
    return list(rows.order_by("-deleted_at"))


def days_left(row: CustomField, now: datetime) -> int:
    """Return for how many days a deleted field's values are still kept."""
    assert row.deleted_at is not None
    return max((row.deleted_at + timedelta(days=services.KEPT_DAYS) - now).days, 0)


def is_waiting(row: CustomField) -> bool:
    """Tell whether the index of a field is still being made."""
    return row.is_active and indexes.are_wanted(row)
