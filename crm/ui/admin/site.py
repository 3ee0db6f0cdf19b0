"""The administration site: one sign-in with the product, pages grouped by what they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.ui.admin.base import ArtelAdmin
from crm.ui.admin.rights import may_administer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db import models

#: Groups of the index, in this order; an admin class names its group in ``section``.
SECTIONS = {
    "people": _("People and rights"),
    "company": _("Company"),
    "sales": _("Sales"),
    "contacts": _("People and companies"),
    "data": _("Data"),
    "mail": _("Mail"),
    "rules": _("Rules and webhooks"),
    "work": _("What the house does"),
}


class ArtelAdminSite(AdminSite):
    """Takes only pages that write through services, and lets only administrators in."""

    site_title = _("Administration")
    site_header = _("Administration")
    index_title = _("Administration")
    site_url = "/"
    enable_nav_sidebar = True
    final_catch_all_view = True

    def register(
        self,
        model_or_iterable: type[models.Model] | Iterable[type[models.Model]],
        admin_class: Any = None,
        **options: Any,
    ) -> None:
        """Register our own pages; what libraries bring would write past the services."""
        if admin_class is not None and issubclass(admin_class, ArtelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return may_administer(request.user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send guests to the product's sign-in; refuse those who are no administrators."""
        target = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(target)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return HttpResponseRedirect(reverse("account_logout"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return HttpResponseRedirect(reverse("account_change_password"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the pages grouped by section instead of by app."""
        if app_label is not None:
            return super().get_app_list(request, app_label)
        groups: dict[str, list[dict[str, Any]]] = {key: [] for key in SECTIONS}
        for app in super().get_app_list(request):
            for page in app["models"]:
                page_admin: Any = self._registry[page["model"]]
                page["order"] = page_admin.order
                groups[page_admin.section].append(page)
        return [
            {
                "name": SECTIONS[key],
                "app_label": key,
                "app_url": reverse("admin:index", current_app=self.name) + f"#{key}",
                "has_module_perms": True,
                "models": sorted(pages, key=lambda page: (page["order"], str(page["name"]))),
            }
            for key, pages in groups.items()
            if pages
        ]
