"""What nobody may do to accounts: lock the door from outside, or hand out rights that they lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from crm.identity.models import Grant, User
from crm.identity.scopes import Scope
from crm.ui.admin.rights import ADMINISTRATOR, may_administer

if TYPE_CHECKING:
    from crm.records.drafts import Draft, WriteContext


def leaves_nobody(draft: Draft[Any]) -> bool:
    """Tell whether this change takes away the last person who may administer."""
    user = draft.record
    roles = draft.changes.get("roles")
    keeps_role = may_administer(user) if roles is None else any(role.key == ADMINISTRATOR for role in roles)
    stays = user.is_active and (user.is_superuser or keeps_role)
    if stays or not (draft.snapshot.get("is_active") and may_administer(User.objects.get(pk=user.pk))):
        return False
    others = User.objects.filter(Q(is_superuser=True) | Q(roles__key=ADMINISTRATOR), is_active=True)
    return not others.exclude(pk=user.pk).exists()


def gives_more(draft: Draft[Any], ctx: WriteContext) -> bool:
    """Tell whether somebody who is no administrator hands out rights that they do not have."""
    assert ctx.access is not None
    named = draft.changes.get("roles") or ([draft.changes["role"]] if draft.changes.get("role") else [])
    if not named or may_administer(ctx.actor):
        return False
    keys = [getattr(role, "key", role) for role in named]
    grants = Grant.objects.filter(role__key__in=keys).values_list("record_type", "action", "scope")
    return ADMINISTRATOR in keys or any(
        Scope(scope).width > ctx.access.scope(record_type, action).width
        for record_type, action, scope in grants
    )
