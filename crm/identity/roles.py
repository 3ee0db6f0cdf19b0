"""The roles that every installation starts with, as a matrix of role, trade and action.

A type of record names its trade; so a new type is covered the moment it is declared,
and this module never learns its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from django.utils.translation import gettext_noop

from crm.identity.models import Grant, Role
from crm.identity.scopes import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

ACTIONS = ("view", "add", "change", "delete", "assign", "bulk", "export", "import")
NONE, OWN, TEAM, BELOW, ALL = Scope.NONE, Scope.OWN, Scope.TEAM, Scope.SUBORDINATES, Scope.ALL

#: Scopes in the order of ``ACTIONS``.
NOTHING = (NONE,) * 8
EVERYTHING = (ALL,) * 8
READ = (ALL, NONE, NONE, NONE, NONE, NONE, NONE, NONE)
READ_AND_EXPORT = (ALL, NONE, NONE, NONE, NONE, NONE, ALL, NONE)
WORK_OWN = (TEAM, ALL, OWN, OWN, OWN, OWN, OWN, NONE)
WORK_SHARED = (ALL, ALL, TEAM, OWN, OWN, OWN, OWN, NONE)
LEAD = (BELOW, ALL, BELOW, BELOW, BELOW, BELOW, BELOW, ALL)
LEAD_SHARED = (ALL, ALL, ALL, BELOW, BELOW, BELOW, ALL, ALL)

#: role key → (name, description, {trade: scopes}). "ground": people and companies,
#: "work": tasks, calls, meetings, notes, "catalogue": products and the like.
ROLES: dict[str, tuple[str, str, dict[str, tuple[Scope, ...]]]] = {
    "sales_rep": (
        gettext_noop("Sales rep"),
        gettext_noop("Works own deals, sees those of the team."),
        {"ground": WORK_SHARED, "work": WORK_OWN, "catalogue": READ, "sales": WORK_OWN},
    ),
    "sales_manager": (
        gettext_noop("Sales manager"),
        gettext_noop("Runs the pipeline of own team and the teams below."),
        {"ground": LEAD_SHARED, "work": LEAD, "catalogue": EVERYTHING, "sales": LEAD},
    ),
    "support_agent": (
        gettext_noop("Support agent"),
        gettext_noop("Works the tickets of own queues."),
        {"ground": WORK_SHARED, "work": WORK_OWN, "catalogue": READ, "support": WORK_OWN},
    ),
    "support_lead": (
        gettext_noop("Support lead"),
        gettext_noop("Runs the queues of own team and the teams below."),
        {"ground": LEAD_SHARED, "work": LEAD, "catalogue": READ, "support": LEAD},
    ),
    "marketer": (
        gettext_noop("Marketer"),
        gettext_noop("Reaches people by segments and mail-outs."),
        {"ground": LEAD_SHARED, "work": WORK_OWN, "catalogue": READ, "marketing": EVERYTHING},
    ),
    "analyst": (
        gettext_noop("Analyst"),
        gettext_noop("Sees and exports everything, changes nothing."),
        dict.fromkeys(("ground", "work", "catalogue", "sales", "support", "marketing"), READ_AND_EXPORT),
    ),
    "administrator": (
        gettext_noop("Administrator"),
        gettext_noop("Does everything with every record."),
        dict.fromkeys(("ground", "work", "catalogue", "sales", "support", "marketing"), EVERYTHING),
    ),
    "read_only": (
        gettext_noop("Read only"),
        gettext_noop("Sees everything, changes nothing."),
        dict.fromkeys(("ground", "work", "catalogue", "sales", "support", "marketing"), READ),
    ),
}


class Typed(Protocol):
    """A declared record type, as far as rights are concerned."""

    @property
    def key(self) -> str: ...
    @property
    def trade(self) -> str: ...


def ensure_roles(types: Iterable[Typed]) -> None:
    """Make the built-in roles, and their rights over types never seen before.

    What an administrator has changed since stays as it is.
    """
    for key, (name, description, _trades) in ROLES.items():
        Role.objects.get_or_create(
            key=key, defaults={"name": name, "description": description, "is_builtin": True}
        )
    roles = {role.key: role for role in Role.objects.filter(key__in=ROLES)}
    known = set(Grant.objects.values_list("role_id", "record_type"))
    missing = [
        Grant(role=roles[key], record_type=record_type.key, action=action, scope=scope)
        for key, (_name, _description, trades) in ROLES.items()
        for record_type in types
        if (roles[key].pk, record_type.key) not in known
        for action, scope in zip(ACTIONS, trades.get(record_type.trade, NOTHING), strict=True)
    ]
    Grant.objects.bulk_create(missing, ignore_conflicts=True)
