"""Records in the admin: seen with the viewer's rights, written and binned by their service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.records.drafts import RecordErrors
from crm.records.fields import Field, writable_fields
from crm.records.registry import service_for
from crm.ui.admin.forms import TYPED, ServiceForm, VirtualField
from crm.ui.admin.service import ServiceAdmin

if TYPE_CHECKING:
    from django.db import models
    from django.forms import ModelForm
    from django.http import HttpRequest, HttpResponse

#: Shown at the end, whose the record is.
OWNERSHIP = ("owner", "team", "tags")
FACTS = ("created_at", "created_by", "updated_at", "last_touch_at", "next_due_at")


class RecordAdmin(ServiceAdmin):
    """The admin of a record type. Subclasses say what the list shows and searches."""

    section = "data"
    form = ServiceForm
    ordering = ("-pk",)
    actions = ("move_to_bin",)
    delete_confirmation_template = "admin/bin_confirmation.html"
    #: Fields left out of the form.
    hidden: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = self.model.objects.visible_to(request.user)
        return found.order_by(*self.get_ordering(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def event_address(self, obj: Any) -> dict[str, str]:
        return {"record": f"{obj.ref.type_id}:{obj.pk}"}

    def view_on_site(self, obj: Any) -> str:
        """Lead from here to the record's page."""
        return str(obj.get_absolute_url())

    # The form.

    def declared(self) -> dict[str, Field]:
        """Return the fields that this form offers."""
        return {
            name: one
            for name, one in writable_fields(self.model).items()
            if name not in self.hidden and (self.is_column(name) or one.kind in TYPED)
        }

    def is_column(self, name: str) -> bool:
        """Tell whether Django's form can hold the field itself; the service's own are typed as text."""
        try:
            return bool(self.model._meta.get_field(name).editable)
        except FieldDoesNotExist:
            return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.fieldsets or self.fields:
            return super().get_fieldsets(request, obj)
        names = list(self.declared())
        main = [name for name in names if name not in OWNERSHIP]
        whose = [name for name in OWNERSHIP if name in names]
        sections: list[Any] = [(None, {"fields": [*main, "seen_version"]})]
        if whose:
            sections.append((_("Whose it is"), {"fields": whose}))
        if obj is not None:
            facts = [name for name in FACTS if hasattr(obj, name)]
            sections.append((_("History"), {"fields": facts, "classes": ["collapse"]}))
        return sections

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        facts = FACTS if obj is not None else ()
        return (*super().get_readonly_fields(request, obj), *facts)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        """Make the form from the declared fields, the virtual ones too."""
        declared = self.declared()
        virtual = {name: VirtualField(one) for name, one in declared.items() if not self.is_column(name)}
        kwargs["form"] = type("RecordForm", (self.form,), virtual)
        kwargs["fields"] = [name for name in declared if self.is_column(name)]
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        service: Any = service_for(self.model)
        door = {"actor": request.user, "at": timezone.now(), "via": "admin"}
        if change:
            version = form.cleaned_data.get("seen_version")
            drafts = service.update([obj], form.changes(), seen_version=version, **door)
        else:
            given = {
                name: value
                for name, value in form.cleaned_data.items()
                if name in form.changed_data or value not in (None, "", [])
            }
            given.pop("seen_version", None)
            drafts = service.create([given], **door)
        for draft in drafts:
            obj.__dict__.update(draft.record.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing: the service has written all that belongs to the record."""

    # The bin.

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        rows = list(objs)
        return [str(row) for row in rows], {self.opts.verbose_name_plural: len(rows)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        service: Any = service_for(self.model)
        service.delete(queryset, actor=request.user, at=timezone.now(), via="admin")

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except RecordErrors as refused:
            self.message_user(request, str(refused), messages.ERROR)
        return self.response_post_save_change(request, self.get_object(request, object_id))

    @admin.action(description=_("Move to the bin"), permissions=["delete"])
    def move_to_bin(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """Put the chosen records into the bin."""
        try:
            self.delete_queryset(request, queryset)
        except RecordErrors as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return
        count = len(queryset)
        self.message_user(
            request,
            ngettext("%(count)d record lies in the bin now.", "%(count)d records lie in the bin now.", count)
            % {"count": count},
        )
