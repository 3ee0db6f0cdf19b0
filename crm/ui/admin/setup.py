"""Tables by which administrators run the company: teams, roles, stages, reasons, rates.

They are no records, so no type's service writes them; here every save is told as an
event with old and new values, in the same transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.records import events
from crm.records.registry import Ref
from crm.ui.admin.base import ArtelAdmin

if TYPE_CHECKING:
    from django.db import models
    from django.forms import ModelForm
    from django.http import HttpRequest, HttpResponse

    TabularInline = admin.TabularInline[Any, Any]
else:
    TabularInline = admin.TabularInline

#: The number under which events of set-up tables are filed; their names tell the table.
SETUP_TYPE_ID = 0
#: Values that no audit line may hold.
SECRET = frozenset({"password"})


def name_control(field: Any) -> None:
    """Tell screen readers what a control without a label is called."""
    widget = getattr(field.widget, "widget", field.widget)
    widget.attrs.setdefault("aria-label", str(field.label or ""))


class SetupInline(TabularInline):
    """Rows edited together with the row that they belong to."""

    extra = 0
    show_change_link = False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name each control: a cell has no label, its column's head is none for a screen reader."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            name_control(field)
        return field

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


class SetupAdmin(ArtelAdmin):
    """A set-up table. Rows are switched off rather than deleted; ``deletable`` allows the latter."""

    section = "company"
    event_type_id: ClassVar[int] = SETUP_TYPE_ID
    #: Whether unused rows may be deleted; rows in use never are.
    deletable: ClassVar[bool] = False

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Name the controls that stand in the cells of a list."""
        formset: Any = super().get_changelist_formset(request, **kwargs)
        for field in formset.form.base_fields.values():
            name_control(field)
        return formset

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.deletable and super().has_change_permission(request, obj)

    def event_address(self, obj: models.Model) -> dict[str, str]:
        return {"record": f"{self.event_type_id}:{obj.pk}", "event": str(self.model._meta.model_name)}

    def after_write(self, request: HttpRequest, obj: Any) -> None:
        """Do what must follow any change of this table, such as forgetting cached rights."""

    # Saving, and telling what changed.

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        before = self.model._base_manager.filter(pk=obj.pk).first() if change else None
        request.before = self.snapshot(before) if before is not None else {}  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.tell(request, obj, "created", {})
        self.after_write(request, obj)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        before: dict[str, str] = getattr(request, "before", {})
        after = self.snapshot(self.model._base_manager.get(pk=obj.pk))
        changes = {
            name: {"old": before.get(name, ""), "new": value}
            for name, value in after.items()
            if before.get(name, "") != value
        }
        if changes:
            self.tell(request, obj, "updated", changes)
        self.after_write(request, obj)

    def tell(self, request: HttpRequest, obj: Any, verb: str, changes: dict[str, Any]) -> None:
        """Write the audit line of one change."""
        events.emit(
            f"{self.model._meta.model_name}.{verb}",
            ref=Ref(self.event_type_id, obj.pk),
            title=str(obj),
            actor=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            changes=changes,
            via="admin",
        )

    def snapshot(self, obj: Any) -> dict[str, str]:
        """Return the values of ``obj``, and of the rows edited with it, as text."""
        values = {
            one.name: text_of(obj, one)
            for one in self.model._meta.concrete_fields
            if not one.primary_key and one.name not in SECRET
        }
        for many in self.model._meta.many_to_many:
            if many.remote_field.through._meta.auto_created:
                values[many.name] = ", ".join(sorted(str(one) for one in getattr(obj, many.name).all()))
        for inline in self.inlines:
            rows = inline.model._base_manager.filter(**{self._link_of(inline): obj})
            values[inline.model._meta.model_name or ""] = ", ".join(sorted(str(row) for row in rows))
        return values

    def _link_of(self, inline: Any) -> str:
        if inline.fk_name:
            return str(inline.fk_name)
        return next(
            str(one.name) for one in inline.model._meta.concrete_fields if one.related_model is self.model
        )

    # Deleting what nothing refers to.

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        rows = list(objs)
        return [str(row) for row in rows], {self.opts.verbose_name_plural: len(rows)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.tell(request, obj, "deleted", {})
        obj.delete()
        self.after_write(request, obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except (ProtectedError, RestrictedError):
            self.message_user(
                request, _("This is in use, so it stays. Switch it off instead."), messages.ERROR
            )
        return self.response_post_save_change(request, self.get_object(request, object_id))


def text_of(obj: Any, one: models.Field[Any, Any]) -> str:
    """Return the value of a field as an audit line shows it."""
    if one.choices:
        return str(getattr(obj, f"get_{one.name}_display")())
    value = getattr(obj, one.name)
    if value is None:
        return ""
    if isinstance(one, ArrayField):
        return ", ".join(str(part) for part in value)
    return str(value)
