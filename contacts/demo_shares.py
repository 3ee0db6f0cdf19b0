"""Who sees how much in a large demo company: colleagues who own little, the far end of the list, nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from contacts.models import Person
from crm.identity import access
from crm.identity.models import Grant, Membership, Role, Team, User
from crm.identity.scopes import Scope
from crm.records import registry

if TYPE_CHECKING:
    from crm.records.demo import Demo

#: From so many people on these colleagues are there.
FROM = 50_000
#: user name → (full name, how many people they own, of which end of the list by name)
COLLEAGUES = {
    "lena": ("Lena Brandt", 300, "anywhere"),
    "zoya": ("Зоя Яковлева", 5_000, "last"),
    "nina": ("Nina Vogel", 0, "anywhere"),
}
GIVE = """
WITH chosen AS (SELECT id FROM contacts_person {which} LIMIT %s),
given AS (UPDATE contacts_person p SET owner_id = %s, team_id = %s FROM chosen c WHERE p.id = c.id)
UPDATE records_search s SET owner_id = %s, team_id = %s FROM chosen c
WHERE s.type_id = %s AND s.record_id = c.id
"""
WHICH = {
    "anywhere": "WHERE id %% 3000 = 7 AND deleted_at IS NULL",
    "last": "WHERE deleted_at IS NULL ORDER BY sort_name DESC, id DESC",
}


def share_out(demo: Demo) -> None:
    """Give people of a large company to colleagues who see only what is theirs."""
    if demo.people < FROM:
        return
    role = _own_role()
    for name, (full_name, count, which) in COLLEAGUES.items():
        user, team = _colleague(demo, name, full_name, role)
        if count:
            with connection.cursor() as cursor:
                owner = [user.pk, team.pk]
                cursor.execute(
                    GIVE.format(which=WHICH[which]), [count, *owner, *owner, Person.record_type.id]
                )
    access.changed()


def _own_role() -> Role:
    """Return the role of those who see nothing but their own."""
    role, is_new = Role.objects.get_or_create(
        key="demo_own", defaults={"name": "Own records", "description": "Sees own records only."}
    )
    if is_new:
        Grant.objects.bulk_create(
            Grant(role=role, record_type=one.key, action=action, scope=Scope.OWN)
            for one in registry.types()
            for action in ("view", "add", "change")
        )
    return role


def _colleague(demo: Demo, name: str, full_name: str, role: Role) -> tuple[User, Team]:
    team, _is_new = Team.objects.get_or_create(name=f"Desk of {full_name}", parent=None)
    user, is_new = User.objects.get_or_create(
        username=name,
        defaults={"full_name": full_name, "job_title": "Sales rep", "email": f"{name}@artel.example"},
    )
    if is_new:
        user.set_password(demo.password)
        user.save(update_fields=["password"])
        user.roles.add(role)
        Membership.objects.create(user=user, team=team, is_lead=False)
    return user, team
