"""Seeing the product as a colleague sees it: read only, marked, logged, and for half an hour at most."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils.translation import gettext as _

from crm.accounts import events, sessions
from crm.accounts.models import Outcome
from crm.identity.access import Access, access_for
from crm.identity.models import User
from crm.identity.scopes import Scope
from crm.records.events import emit
from crm.ui.admin.rights import may_administer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest

logger = logging.getLogger(__name__)

KEY = "view_as"
LASTS = timedelta(minutes=30)
#: What nobody sees in somebody else's name: their settings and keys, and the administration.
CLOSED = ("/settings/", "/accounts/", "/admin/")
#: How a statement begins that changes something.
WRITES = ("INSERT", "UPDATE", "DELETE", "COPY", "MERGE", "TRUNCATE", "ALTER", "DROP", "CREATE")
#: The viewer's own session may be written meanwhile.
OWN = ('"django_session"', '"accounts_usersession"')


def may_view_as(viewer: Any, user: User) -> bool:
    """Tell whether ``viewer`` may see the product as ``user``: never as somebody who may do more."""
    if not may_administer(viewer) or not user.is_active or user.pk == viewer.pk:
        return False
    if viewer.is_superuser:
        return True
    if may_administer(user):
        return False
    return covers(access_for(viewer), access_for(user))


def covers(wide: Access, narrow: Access) -> bool:
    """Tell whether everything that ``narrow`` reaches is reached by ``wide`` too."""
    for key, actions in narrow.grants.items():
        for action, scope in actions.items():
            if Scope(scope) is not Scope.NONE and wide.scope(key, action) is not Scope.ALL:
                return False
    return all(
        narrow.field_level(key, name) == "hidden"
        for key, fields in wide.fields.items()
        for name, level in fields.items()
        if level == "hidden"
    )


def start(request: HttpRequest, *, user: User, at: datetime) -> None:
    """Let the one who asks see the product as ``user`` from the next page on.

    Raises:
        PermissionDenied: when ``user`` may do more than the one who asks.
    """
    viewer: Any = request.user
    if not may_view_as(viewer, user):
        raise PermissionDenied
    request.session[KEY] = {"user": user.pk, "by": viewer.pk, "until": (at + LASTS).timestamp()}
    told(events.VIEW_STARTED, user=user, viewer=viewer, at=at)
    sessions.note_sign_in(
        request,
        outcome=Outcome.VIEWED_AS,
        at=at,
        ip=sessions.address_of(request) or "",
        user=user,
        name=str(viewer),
    )


def stop(request: HttpRequest, *, at: datetime) -> User | None:
    """Go back to one's own eyes; return as whom one has looked."""
    kept = request.session.pop(KEY, None)
    user = User.objects.filter(pk=kept["user"]).first() if kept else None
    if user is not None and kept is not None:
        viewer = User.objects.filter(pk=kept["by"]).first()
        told(events.VIEW_ENDED, user=user, viewer=viewer, at=at)
    return user


def told(name: str, *, user: User, viewer: Any, at: datetime) -> None:
    emit(name, ref=events.user_ref(user.pk), title=str(user), actor=viewer, at=at, via="admin")


def looked_at(request: HttpRequest, at: datetime) -> User | None:
    """Return as whom this request looks; None when its session looks with its own eyes.

    A view that is over, or whose viewer may no longer, ends here.
    """
    kept = request.session.get(KEY)
    if not kept:
        return None
    user = User.objects.filter(pk=kept["user"]).first()
    if (
        user is None
        or kept["by"] != request.user.pk
        or at.timestamp() > kept["until"]
        or not may_view_as(request.user, user)
    ):
        stop(request, at=at)
        return None
    return user


def check(request: HttpRequest, viewer: Any, user: User) -> None:
    """Refuse what is not to be done in somebody else's name; log the rest.

    Raises:
        PermissionDenied: for everything that writes, and for pages that are the person's own.
    """
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        raise PermissionDenied(_("You are looking as somebody else: nothing can be changed."))
    if request.path.startswith(CLOSED):
        raise PermissionDenied(_("These pages can't be looked at in somebody else's name."))
    logger.info("%s looks as %s at %s", viewer.username, user.username, request.path)


@contextmanager
def nothing_written() -> Iterator[None]:
    """Refuse every statement that writes: whatever a page does by the way, it does not do here."""

    def refuse(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        text = str(sql).lstrip()
        writes = text[:9].upper().startswith(WRITES) and not any(table in text for table in OWN)
        if writes:
            raise PermissionDenied(_("You are looking as somebody else: nothing can be changed."))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield
