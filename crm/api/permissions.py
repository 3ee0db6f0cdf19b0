"""Who may knock: a signed-in person or a token, for types that they see at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from rest_framework.permissions import SAFE_METHODS, BasePermission

from crm.accounts.models import ApiToken, TokenScope
from crm.identity.access import access_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase


class TypePermission(BasePermission):
    """Reading needs some right to view the type; which records, the queryset says."""

    message: str | None = None

    def has_permission(self, request: Any, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if request.method not in SAFE_METHODS and not may_write(request.auth):
            self.message = "This token was made for reading only."
            return False
        access = access_for(request.user)
        model = view.record_type.model
        return access.can(model, "view") or bool(access.shared(model, "view"))


def may_write(token: Any) -> bool:
    """Tell whether a token was made for writing; a session needs none."""
    return not isinstance(token, ApiToken) or TokenScope.WRITE in token.scopes


class MayReadDocs(BasePermission):
    """The schema is for those who have signed in, unless API_DOCS_PUBLIC opens it to everybody."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return settings.API_DOCS_PUBLIC or bool(request.user and request.user.is_authenticated)


def docs_for_readers(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Send guests from the page of the documentation to the sign-in, unless it is public."""
    closed = login_required(page)

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (page if settings.API_DOCS_PUBLIC else closed)(request, *args, **kwargs)

    return answer
