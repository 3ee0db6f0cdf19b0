"""Who may work with people's accounts: administrators, and nobody by default but they."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from crm.identity import access
from crm.identity.access import access_for
from crm.identity.models import Grant, Role, User
from crm.identity.roles import ACTIONS
from crm.identity.scopes import Scope
from crm.ui.admin.rights import ADMINISTRATOR, may_administer

if TYPE_CHECKING:
    from django.apps import AppConfig

#: How grants name users.
USERS = User._meta.label_lower


def may_manage_users(user: Any) -> bool:
    """Tell whether ``user`` may invite, change and switch off others."""
    return may_administer(user) or access_for(user).can(USERS, "change")


def after_migrate(sender: AppConfig, **_kwargs: Any) -> None:
    """Give the built-in administrators the rights over users, once."""
    if sender.label != "accounts":
        return
    # Migrations may be on their way back: then there are no roles any more.
    if not {Role._meta.db_table, Grant._meta.db_table} <= set(connection.introspection.table_names()):
        return
    role, _made = Role.objects.get_or_create(
        key=ADMINISTRATOR, defaults={"name": "Administrator", "is_builtin": True}
    )
    if not Grant.objects.filter(role=role, record_type=USERS).exists():
        Grant.objects.bulk_create(
            [Grant(role=role, record_type=USERS, action=action, scope=Scope.ALL) for action in ACTIONS],
            ignore_conflicts=True,
        )
        access.changed()
