"""Kinds of relations: how records of any types can belong together, named from both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from crm.records import registry
from crm.records.models import Record, RelationKind
from crm.ui.admin import SetupAdmin

if TYPE_CHECKING:
    from django.db.models import Field
    from django.http import HttpRequest


@admin.register(RelationKind)
class RelationKindAdmin(SetupAdmin):
    """“Supplier of” and “supplied by”: offered on every record's page; kinds in use can be switched off."""

    section, order = "data", 30
    deletable = True
    list_display = ("name", "inverse", "position", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "inverse")
    search_help_text = _("Name.")
    ordering = ("position", "pk")

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name not in ("left_types", "right_types"):
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return forms.TypedMultipleChoiceField(
            label=str(db_field.verbose_name).capitalize(),
            help_text=db_field.help_text,
            required=False,
            coerce=int,
            choices=[(one.id, one.label_plural) for one in registry.types() if issubclass(one.model, Record)],
            widget=forms.CheckboxSelectMultiple,
        )
