"""How the product looks to one person: theme, density, language, folded navigation."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views import View

from crm.identity.models import Density, Language, Theme

COLUMNS = {"theme": Theme.values, "density": Density.values, "language": Language.values}
#: Kept among the person's preferences: name → what it may be.
PREFERENCES = {"nav": ("slim", "wide")}


class LooksView(LoginRequiredMixin, View):
    """``/looks/``: keeps one choice; the page has already changed by then."""

    def post(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        for name, allowed in {**COLUMNS, **PREFERENCES}.items():
            value = request.POST.get(name)
            if value is None:
                continue
            if value not in allowed:
                return HttpResponseBadRequest()
            self.keep(user, name, value)
        response = HttpResponse(status=204)
        if "language" in request.POST:
            response.headers["HX-Refresh"] = "true"
        return response

    def keep(self, user: Any, name: str, value: str) -> None:
        """Save one choice on the user's row."""
        if name in COLUMNS:
            setattr(user, name, value)
            user.save(update_fields=[name])
        else:
            user.preferences[name] = value
            user.save(update_fields=["preferences"])
