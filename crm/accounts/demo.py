"""The people who work in the demo company: a team tree, ann, bob, eve, root, and some more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.identity import access
from crm.identity.models import Membership, Role, Team, User
from crm.records.journal import JournalWriter

if TYPE_CHECKING:
    from crm.records.demo import Demo

#: team → the team it is part of
TEAMS = {"Sales": None, "North": "Sales", "South": "Sales", "Partners": None}
#: user name → (full name, title, role, team, leads it)
CAST = {
    "ann": ("Ann Becker", "Sales rep", "sales_rep", "North", False),
    "bob": ("Bob Turner", "Sales rep", "sales_rep", "South", False),
    "mia": ("Mia Keller", "Head of sales", "sales_manager", "Sales", True),
    "ivan": ("Иван Громов", "Sales rep", "sales_rep", "North", False),
    "olga": ("Ольга Титова", "Team lead", "sales_manager", "South", True),
    "max": ("Max Fuchs", "Sales rep", "sales_rep", "Partners", False),
    "dana": ("Dana Cole", "Analyst", "analyst", None, False),
    "eve": ("Eve Stone", "", None, None, False),
}
#: Who owns records, from the most to the least.
OWNERS = ("ivan", "bob", "ann", "olga", "max", "mia")


def make_people(demo: Demo) -> None:
    """Make teams and users; those that exist already stay as they are."""
    journal = JournalWriter(demo.job)
    teams = {name: _team(name, parent, journal) for name, parent in TEAMS.items()}
    users = {name: _user(demo, name, teams, journal) for name in CAST}
    journal.flush()
    _root(demo)
    access.changed()
    demo.made["users"] = users
    demo.made["owners"] = [(users[name].pk, _team_id(users[name])) for name in OWNERS]


def _team_id(user: User) -> int | None:
    team = user.primary_team
    return team.pk if team else None


def _team(name: str, parent: str | None, journal: JournalWriter) -> Team:
    above = Team.objects.get(name=parent) if parent else None
    team, is_new = Team.objects.get_or_create(name=name, parent=above)
    if is_new:
        journal.created(team)
    return team


def _user(demo: Demo, name: str, teams: dict[str, Team], journal: JournalWriter) -> User:
    full_name, title, role, team, leads = CAST[name]
    user, is_new = User.objects.get_or_create(
        username=name, defaults={"full_name": full_name, "job_title": title, "email": f"{name}@artel.example"}
    )
    if is_new:
        user.set_password(demo.password)
        user.save(update_fields=["password"])
        journal.created(user)
        if role:
            user.roles.add(Role.objects.get(key=role))
        if team:
            journal.created(Membership.objects.create(user=user, team=teams[team], is_lead=leads))
    return user


def _root(demo: Demo) -> None:
    if not User.objects.filter(username="root").exists():
        User.objects.create_superuser("root", "root@artel.example", demo.password, full_name="Root")
