"""Whom a step means: the owner, the lead of the team, the author, somebody by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.models import Membership, Role, Team, User

if TYPE_CHECKING:
    from collections.abc import Iterable

OWNER, LEAD, AUTHOR, USER, TEAM, ROLE, CAUSER = "owner", "lead", "author", "user", "team", "role", "causer"
ONE = {
    OWNER: gettext_lazy("owner of the record"),
    LEAD: gettext_lazy("lead of the owner's team"),
    CAUSER: gettext_lazy("whoever caused it"),
    AUTHOR: gettext_lazy("author of the rule"),
    USER: gettext_lazy("a certain person"),
    ROLE: gettext_lazy("somebody of a role in the team"),
}
MANY = {**ONE, ROLE: gettext_lazy("all of a role in the team"), TEAM: gettext_lazy("everybody of the team")}


def who_field(words: dict[str, Any], label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=list(words.items()))


def role_field() -> Any:
    return forms.ModelChoiceField(Role.objects.order_by("name"), label=_("Role"), required=True)


def found(who: str, doing: Any, *, user: User | None = None, role: Role | None = None) -> list[User]:
    """Return the people that a step means, active ones only; none where there is nobody."""
    record = doing.record
    if who == OWNER:
        people: Iterable[User | None] = [record.owner]
    elif who == AUTHOR:
        people = [doing.actor]
    elif who == CAUSER:
        people = [doing.run.actor]
    elif who == USER:
        people = [user]
    elif who == LEAD:
        people = leads(team_of(record))
    elif who == ROLE:
        people = of_role(role, team_of(record))
    else:
        people = members(team_of(record))
    return [one for one in dict.fromkeys(people) if one is not None and one.is_active]


def team_of(record: Any) -> Team | None:
    """Return the team that a record belongs to; its owner's where it names none."""
    if record.team_id:
        team: Team | None = record.team
        return team
    return record.owner.primary_team if record.owner_id else None


def leads(team: Team | None) -> list[User]:
    """Return who leads a team; where nobody does, who leads the one above it."""
    while team is not None:
        rows = Membership.objects.filter(team=team, is_lead=True, user__is_active=True)
        if people := [row.user for row in rows.select_related("user").order_by("pk")]:
            return people
        team = team.parent
    return []


def of_role(role: Role | None, team: Team | None) -> list[User]:
    """Return who has a role in a team; where nobody does, in the whole company."""
    holders = User.objects.filter(roles=role, is_active=True).order_by("pk")
    return list(holders.filter(teams=team) if team else ()) or list(holders)


def members(team: Team | None) -> list[User]:
    return list(User.objects.filter(teams=team, is_active=True).order_by("pk")) if team else []


def said(who: str, user: Any, role: Any, words: dict[str, Any]) -> str:
    """Name the people in a sentence."""
    if who == USER and user is not None:
        return str(user)
    if who == ROLE and role is not None:
        return _("%(role)s of the team") % {"role": role}
    return str(words.get(who, who))
