"""What all pages of automation begin with."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from crm.automation.rights import may_automate
from crm.identity.models import User
from crm.records.events import emit
from crm.records.registry import Ref
from crm.ui.admin.rights import may_administer
from crm.ui.admin.setup import SETUP_TYPE_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    View = TypeVar("View", bound=Callable[..., HttpResponse])


def for_automators(view: View) -> View:
    """Let only administrators and leads through."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_automate(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)  # type: ignore[return-value]


def for_administrators(view: View) -> View:
    """Let only administrators through."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_administer(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)  # type: ignore[return-value]


def me(request: HttpRequest) -> User:
    """Return who asks: the pages are for people who have signed in."""
    assert isinstance(request.user, User)
    return request.user


def page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Show one of the pages, or a part of one."""
    base = {"may_administer": may_administer(request.user), "tab": name.partition("/")[0]}
    return render(request, f"automation/{name}.html", {**base, **context}, status=status)


def messages_of(refused: ValidationError) -> dict[str, list[str]]:
    """Return what was refused, by part."""
    if hasattr(refused, "error_dict"):
        return refused.message_dict
    return {"": list(refused.messages)}


def back(request: HttpRequest, otherwise: str = "automation:rules") -> str:
    """Return the page of ours on which a button was pressed."""
    here = request.POST.get("here", "")
    return here if here.startswith("/settings/automation/") else reverse(otherwise)


def tell(row: Any, verb: str, actor: User) -> None:
    """Write the audit line of a set-up row."""
    emit(
        f"{row._meta.model_name}.{verb}",
        ref=Ref(SETUP_TYPE_ID, row.pk),
        title=str(row),
        actor=actor,
        at=timezone.now(),
    )
