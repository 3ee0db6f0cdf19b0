"""Records in the admin: seen with the viewer's rights, written and binned by their service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.identity.access import access_for
from crm.records.drafts import RecordErrors
from crm.records.fields import Field, writable_fields
from crm.records.registry import service_for
from crm.ui.admin.forms import TYPED, ServiceForm, VirtualField
from crm.ui.admin.service import ServiceAdmin

if TYPE_CHECKING:
    from collections.abc import Iterable

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

    def declared(self, request: HttpRequest) -> dict[str, Field]:
        """Return the fields that this form offers: those that the person may change."""
        level = access_for(request.user).field_level
        return {
            name: one
            for name, one in writable_fields(self.model).items()
            if name not in self.hidden
            and (self.is_column(name) or one.kind in TYPED)
            and not level(self.model, name)
        }

    def shown(self, request: HttpRequest, names: Iterable[Any]) -> list[Any]:
        """Leave out what is hidden from the person: columns, filters, words of the search."""
        hidden = access_for(request.user).hidden(self.model)
        return [one for one in names if _field_of(one) not in hidden]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self.shown(request, super().get_list_display(request))

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return self.shown(request, super().get_list_filter(request))

    def get_search_fields(self, request: HttpRequest) -> list[Any]:
        return self.shown(request, super().get_search_fields(request))

    def get_sortable_by(self, request: HttpRequest) -> list[Any]:
        return self.shown(request, super().get_sortable_by(request))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Nobody narrows the list by what is hidden from them, by typing an address either."""
        return bool(self.shown(request, [lookup])) and super().lookup_allowed(lookup, value, request)

    def is_column(self, name: str) -> bool:
        """Tell whether Django's form can hold the field itself; the service's own are typed as text."""
        try:
            return bool(self.model._meta.get_field(name).editable)
        except FieldDoesNotExist:
            return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.fieldsets or self.fields:
            return super().get_fieldsets(request, obj)
        names = list(self.declared(request))
        main = [name for name in names if name not in OWNERSHIP]
        whose = [name for name in OWNERSHIP if name in names]
        sections: list[Any] = [(None, {"fields": [*main, "seen_version"]})]
        if whose:
            sections.append((_("Whose it is"), {"fields": whose}))
        if obj is not None:
            limited = self.read_only(request)
            if limited:
                sections.append((_("Only to be read"), {"fields": limited}))
            facts = self.shown(request, [name for name in FACTS if hasattr(obj, name)])
            sections.append((_("History"), {"fields": facts, "classes": ["collapse"]}))
        return sections

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        facts = (*FACTS, *self.read_only(request)) if obj is not None else ()
        return (*super().get_readonly_fields(request, obj), *facts)

    def read_only(self, request: HttpRequest) -> list[str]:
        """Return the columns that the person sees and may not change."""
        level = access_for(request.user).field_level
        return [
            name
            for name in writable_fields(self.model)
            if self.is_column(name) and level(self.model, name) == "read_only"
        ]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        """Make the form from the declared fields, the virtual ones too."""
        declared = self.declared(request)
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


def _field_of(one: Any) -> str:
    """Return the field that a column, a filter or a lookup of the admin asks first."""
    name = one[0] if isinstance(one, (tuple, list)) else getattr(one, "parameter_name", one)
    return str(name).lstrip("-=^@").split("__")[0]
