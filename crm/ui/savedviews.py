"""Keeping views of a list: save, rename, share, copy, delete, and each person's own tabs.

A view belongs to who made it; those who lead others may show it to everybody, administrators
may make it the first view of a role. Which views stand as tabs, in which order and which opens
first, each person decides for themself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crm.identity.access import access_for
from crm.identity.models import Role
from crm.identity.scopes import Scope
from crm.records.models import SavedView
from crm.ui.admin.rights import may_administer
from crm.ui.viewtabs import Tabs

if TYPE_CHECKING:
    from django.db import models

    from crm.identity.models import User

#: No address is longer.
LONGEST = 8000
COPIED = ("type_id", "name", "query", "is_shared", "role_id", "is_default", "is_pinned", "position")
SALT = "saved view"


class NameTaken(Exception):
    """The person has a view of this name already."""


class TooLong(Exception):
    """The list says more than an address can hold."""


def may_share(user: User, model: type[models.Model]) -> bool:
    """Tell whether a person may show views to everybody: those who lead others may."""
    return access_for(user).scope(model, "assign").width >= Scope.SUBORDINATES.width


def may_change(user: User, view: SavedView) -> bool:
    """Tell whether a view is the person's to change: their own, and any for an administrator."""
    return view.owner_id == user.pk or may_administer(user)


def save_view(*, view: SavedView, actor: User, values: dict[str, Any]) -> SavedView:
    """Keep a view as the values say; ``is_first`` makes it the one that opens first for ``actor``.

    Raises:
        NameTaken: when another view of the owner has this name.
        TooLong: when the state is too long for an address.
    """
    is_first = values.pop("is_first", None)
    for name, value in values.items():
        setattr(view, name, value)
    if len(view.query) > LONGEST:
        raise TooLong
    if is_first is not None and view.role_id is None and not is_first:
        view.is_default = False
    if view.role_id and view.is_default:
        SavedView.objects.filter(type_id=view.type_id, role_id=view.role_id).exclude(pk=view.pk).update(
            is_default=False
        )
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise NameTaken from None
    if is_first is not None:
        Tabs(actor, view.type_id).open_first(view.pk if is_first else None, instead_of=view.pk)
    return view


def copy_view(*, view: SavedView, actor: User) -> SavedView:
    """Make a view of one's own out of another one, under a name that is free."""
    taken = set(SavedView.objects.filter(owner=actor, type_id=view.type_id).values_list("name", flat=True))
    name = _("%(name)s, copy") % {"name": view.name[:60]}
    number = 2
    while name in taken:
        name = _("%(name)s, copy %(number)d") % {"name": view.name[:60], "number": number}
        number += 1
    return SavedView.objects.create(type_id=view.type_id, owner=actor, name=name, query=view.query)


def delete_view(*, view: SavedView) -> str:
    """Delete a view and return what brings it back."""
    kept = {name: getattr(view, name) for name in COPIED} | {"pk": view.pk, "owner_id": view.owner_id}
    view.delete()
    return signing.dumps(kept, salt=SALT, compress=True)


def restore_view(*, kept: str, actor: User) -> SavedView:
    """Bring back a view that was deleted within the last day.

    Raises:
        signing.BadSignature: when this is not what a deletion gave, or too old.
        NameTaken: when a new view took its name.
        PermissionError: when it is not the person's.
    """
    view = SavedView(**signing.loads(kept, salt=SALT, max_age=86400))
    if not may_change(actor, view):
        raise PermissionError
    if SavedView.objects.filter(pk=view.pk).exists():
        return SavedView.objects.get(pk=view.pk)
    if view.role_id and not Role.objects.filter(pk=view.role_id).exists():
        view.role_id = None
    try:
        with transaction.atomic():
            view.save(force_insert=True)
    except IntegrityError:
        raise NameTaken from None
    return view
