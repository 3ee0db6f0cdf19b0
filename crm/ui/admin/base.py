"""What all administration pages have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.db.models import URLField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst

from crm.records.models import Record
from crm.ui.admin.paging import CappedPaginator
from crm.ui.admin.rights import may_administer

if TYPE_CHECKING:
    from django.db import models

    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ArtelAdmin(ModelAdmin):
    """A page for administrators: no deletion past the services, no counting of big tables."""

    #: The group of the index where the page stands, and its place in it.
    section: ClassVar[str] = "data"
    order: ClassVar[int] = 50
    #: What the events of these rows are filed under: (type id, first part of their names).
    formfield_overrides: ClassVar = {URLField: {"assume_scheme": "https"}}
    list_per_page = 50
    show_full_result_count = False
    paginator = CappedPaginator
    save_on_top = False
    empty_value_display = ""
    show_facets = admin.ShowFacets.NEVER  # each would be a count

    # Rights: the site lets nobody else in, so the pages need no second matrix of permissions.

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_administer(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_administer(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_administer(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_administer(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out Django's own deletion: it would bypass services, audit and the bin."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Search references as one types, wherever their own page knows how to search."""
        own = [name for name in super().get_autocomplete_fields(request) if name not in self.radio_fields]
        for one in self.model._meta.get_fields():
            related: Any = self.admin_site._registry.get(one.related_model) if one.is_relation else None
            forward = getattr(one, "many_to_one", False) or getattr(one, "many_to_many", False)
            if forward and one.concrete and related and related.get_search_fields(request):
                own.append(one.name)
        return [name for name in dict.fromkeys(own) if name not in self.select_fields]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Never list all records in a box: what can't be searched is named by its number."""
        if issubclass(db_field.related_model, Record) and db_field.name not in self.get_autocomplete_fields(
            request
        ):
            kwargs.setdefault("widget", ForeignKeyRawIdWidget(db_field.remote_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    #: References with so few choices that a plain list is quicker than a search.
    select_fields: ClassVar[tuple[str, ...]] = ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Call a list by what it holds rather than "Select … to change"."""
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    # Audit: events instead of Django's own log.

    def event_address(self, obj: models.Model) -> dict[str, str]:
        """Return the filter of the events page that shows the history of ``obj``."""
        return {}

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the events of this row."""
        obj = self.get_object(request, object_id)
        if obj is None:
            return HttpResponseRedirect(reverse("admin:index"))
        try:
            address = reverse("admin:records_event_changelist")
        except NoReverseMatch:
            return HttpResponseRedirect(reverse("admin:index"))
        return HttpResponseRedirect(f"{address}?{urlencode(self.event_address(obj))}")

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return None


class ReadOnlyAdmin(ArtelAdmin):
    """Rows that the house writes itself: to be looked at and searched."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
