"""Roles: what people may do with which records, as one matrix, and which fields they may not see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count
from django.urls import path
from django.utils.translation import gettext_lazy as _

from crm.accounts.admin.rights import rights_view
from crm.identity import access
from crm.identity.models import FieldLevel, FieldRule, Grant, Role
from crm.identity.roles import ACTIONS
from crm.identity.scopes import ActionName, Scope
from crm.records import registry, tagging
from crm.records.fields import fields_of
from crm.records.models import Event
from crm.ui.admin import SetupAdmin, SetupInline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest

    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

Matrix = dict[tuple[str, str], str]


class MatrixWidget(forms.Widget):
    """A row per record type, a column per action, in each cell whose records it reaches."""

    template_name = "admin/grant_matrix.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        matrix: Matrix = value or {}
        context["actions"] = [ActionName(action).label for action in ACTIONS]
        context["scopes"] = Scope.choices
        context["rows"] = [
            {
                "label": record_type.label_plural,
                "cells": [
                    {
                        "name": f"{name}-{record_type.key}-{action}",
                        "label": f"{record_type.label_plural}: {ActionName(action).label}",
                        "scope": matrix.get((record_type.key, action), Scope.NONE),
                    }
                    for action in ACTIONS
                ],
            }
            for record_type in registry.types()
        ]
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Matrix:
        return {
            (record_type.key, action): data.get(f"{name}-{record_type.key}-{action}", Scope.NONE)
            for record_type in registry.types()
            for action in ACTIONS
        }

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(key.startswith(f"{name}-") for key in data)

    def id_for_label(self, id_: str) -> str:
        return ""


class MatrixField(forms.Field):
    """Reads the matrix; refuses scopes that do not exist."""

    widget = MatrixWidget

    def clean(self, value: Any) -> Matrix:
        if any(scope not in Scope.values for scope in value.values()):
            raise forms.ValidationError(_("There is no such right."))
        return dict(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return any((initial or {}).get(cell, Scope.NONE) != scope for cell, scope in (data or {}).items())


class RoleForm(ModelForm):
    """A role with its matrix."""

    grants = MatrixField(
        label=_("Rights"),
        required=False,
        help_text=_("Whose records each action reaches. Somebody with several roles has the widest right."),
    )

    makes_tags = forms.BooleanField(
        label=_("May make new tags"),
        required=False,
        help_text=_("Matters where the company does not let anybody make them."),
    )

    class Meta:
        model = Role
        fields = ("name", "key", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        matrix = matrix_of(self.instance) if self.instance.pk else {}
        self.initial["grants"] = matrix
        self.initial["makes_tags"] = matrix.get((tagging.RIGHT, "add"), Scope.NONE) != Scope.NONE


class FieldRuleForm(ModelForm):
    """A field that the role does not see or change, chosen from the declared ones."""

    place = forms.ChoiceField(label=_("Field"))

    class Meta:
        model = FieldRule
        fields = ("level",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        assert isinstance(place, forms.ChoiceField)
        place.choices = [("", "---------"), *field_choices()]
        if self.instance.pk:
            self.initial["place"] = f"{self.instance.record_type}:{self.instance.field}"

    def clean(self) -> dict[str, Any]:
        """Refuse to hide what every title tells anyway."""
        cleaned = super().clean() or {}
        key, _colon, name = cleaned.get("place", "").partition(":")
        model = next((one.model for one in registry.types() if one.key == key), None)
        is_title = model is not None and name in registry.service_for(model).titled
        if is_title and cleaned.get("level") == FieldLevel.HIDDEN:
            self.add_error("level", _("Records are called by this field: it can be read-only, not hidden."))
        return cleaned

    def _post_clean(self) -> None:
        key, _colon, name = self.cleaned_data.get("place", "").partition(":")
        self.instance.record_type, self.instance.field = key, name
        super()._post_clean()  # type: ignore[misc]


class FieldRules(SetupInline):
    model = FieldRule
    form = FieldRuleForm
    verbose_name_plural = _("Fields that this role does not see or change")
    fields = ("place", "level")


@admin.register(Role)
class RoleAdmin(SetupAdmin):
    """Sets of rights. Built-in roles can be changed but not deleted."""

    section, order = "people", 30
    deletable = True
    form = RoleForm
    inlines = (FieldRules,)
    list_display = ("shown_name", "shown_description", "user_count", "is_builtin")
    search_fields = ("name", "key", "description")
    search_help_text = _("Name of a role.")
    list_filter = ("is_builtin",)
    ordering = ("-is_builtin", "pk")
    sortable_by = ()
    actions = ("copy_role", "take_back")
    change_list_template = "admin/roles.html"

    def get_urls(self) -> list[Any]:
        own = path("at-a-glance/", self.admin_site.admin_view(rights_view), name="rights")
        return [own, *super().get_urls()]

    @admin.action(description=_("Copy"), permissions=["change"])
    def copy_role(self, request: HttpRequest, queryset: QuerySet[Role]) -> None:
        """Make a role with the same rights, to be changed from there."""
        for role in queryset:
            self.tell(request, copy_of(role), "created", {})
        self.message_user(request, _("Copied. Give the copy a name, and to people."), messages.SUCCESS)

    @admin.action(description=_("Take back the latest change"), permissions=["change"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[Role]) -> None:
        """Make rights what they were before their latest change; that is a change of its own."""
        for role in queryset:
            before, words = self.snapshot(role), {"role": role}
            if not restore(role):
                self.message_user(request, _("Nothing to take back for %(role)s.") % words, messages.WARNING)
                continue
            request.before = before  # type: ignore[attr-defined]
            self.log_change(request, role, "")
            self.message_user(request, _("Rights of %(role)s taken back.") % words, messages.SUCCESS)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        names = (
            ["shown_name", "shown_description"] if obj and obj.is_builtin else ["name", "key", "description"]
        )
        return [
            (None, {"fields": names}),
            (_("Rights"), {"fields": ["grants", "makes_tags"], "classes": ["wide-field"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj and obj.is_builtin:
            return ("shown_name", "shown_description")
        return ("key",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else {"key": ("name",)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_builtin)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request).annotate(people=Count("users"))
        return found

    @admin.display(description=_("name"))
    def shown_name(self, role: Role) -> str:
        return str(role)

    @admin.display(description=_("description"))
    def shown_description(self, role: Role) -> str:
        return str(_(role.description)) if role.is_builtin and role.description else role.description

    @admin.display(description=_("people"))
    def user_count(self, role: Role) -> int:
        return int(getattr(role, "people", 0))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        matrix = dict(form.cleaned_data.get("grants") or {})
        matrix[tagging.RIGHT, "add"] = Scope.ALL if form.cleaned_data.get("makes_tags") else Scope.NONE
        write_matrix(form.instance, matrix)

    def snapshot(self, obj: Any) -> dict[str, str]:
        """Tell the rights one by one, so that the audit line says which of them changed."""
        rights = {f"{key} {action}": scope for (key, action), scope in matrix_of(obj).items()}
        return super().snapshot(obj) | {name: scope for name, scope in rights.items() if scope != Scope.NONE}

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        # A right that was taken away has no line in the new snapshot.
        before: dict[str, str] = getattr(request, "before", {})
        after = self.snapshot(obj)
        gone = {name: {"old": old, "new": ""} for name, old in before.items() if name not in after}
        changes = gone | {
            name: {"old": before.get(name, ""), "new": new}
            for name, new in after.items()
            if before.get(name, "") != new
        }
        if changes:
            self.tell(request, obj, "updated", changes)
        self.after_write(request, obj)

    def after_write(self, request: HttpRequest, obj: Any) -> None:
        access.changed()


@transaction.atomic
def copy_of(role: Role) -> Role:
    """Return a new role with the rights and field rights of ``role``."""
    number = 2
    while Role.objects.filter(key=f"{role.key[:36]}_{number}").exists():
        number += 1
    made = Role.objects.create(
        key=f"{role.key[:36]}_{number}", name=f"{role} {number}"[:80], description=role.description
    )
    write_matrix(made, matrix_of(role))
    FieldRule.objects.bulk_create(
        [
            FieldRule(role=made, record_type=one.record_type, field=one.field, level=one.level)
            for one in role.field_rules.all()
        ]
    )
    return made


@transaction.atomic
def restore(role: Role) -> bool:
    """Give ``role`` the rights that its latest audit line calls old; tell whether there was one."""
    lines = Event.objects.filter(type_id=0, record_id=role.pk, name="role.updated").order_by("-at", "-pk")
    latest = lines.first()
    changes = (latest.data if latest else {}).get("changes", {})
    known = {record_type.key for record_type in registry.types()} | {tagging.RIGHT}
    matrix: Matrix = {}
    for name, change in changes.items():
        key, _space, action = name.partition(" ")
        if key in known and action in ACTIONS:
            matrix[key, action] = change["old"] or Scope.NONE
    write_matrix(role, matrix)
    return bool(matrix)


def matrix_of(role: Role) -> Matrix:
    """Return the rights of ``role``."""
    rows = Grant.objects.filter(role=role).values_list("record_type", "action", "scope")
    return {(record_type, action): scope for record_type, action, scope in rows}


def write_matrix(role: Role, matrix: Matrix) -> None:
    """Make the rights of ``role`` what ``matrix`` says; other types keep theirs."""
    Grant.objects.bulk_create(
        [
            Grant(role=role, record_type=record_type, action=action, scope=scope)
            for (record_type, action), scope in matrix.items()
        ],
        update_conflicts=True,
        unique_fields=["role", "record_type", "action"],
        update_fields=["scope"],
    )


def field_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return all fields of all types, grouped by type."""
    return [
        (
            record_type.label_plural,
            [
                (f"{record_type.key}:{name}", str(one.label))
                for name, one in fields_of(record_type.model).items()
            ],
        )
        for record_type in registry.types()
    ]
