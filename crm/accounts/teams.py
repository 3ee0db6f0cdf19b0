"""Putting people into teams by name: offices, and the groups of their managers below them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from crm.accounts import events
from crm.identity.models import Membership, Team, User
from crm.records.events import Happening, emit_many
from crm.records.registry import Ref
from crm.ui.admin.setup import SETUP_TYPE_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.drafts import WriteContext


@dataclass(slots=True)
class Place:
    """Where somebody belongs: a team by name, and the manager whose group within it."""

    user: User
    team: str = ""
    manager: User | None = None


@dataclass(slots=True)
class TeamBook:
    """All teams and memberships, read once and kept in step while people are placed.

    People who share a manager form a group under the team, led by that manager.
    """

    ctx: WriteContext
    teams: dict[tuple[int | None, str], Team] = field(default_factory=dict)
    groups: dict[tuple[int | None, int], Team] = field(default_factory=dict)
    primary: dict[int, Membership] = field(default_factory=dict)
    members: dict[tuple[int, int], Membership] = field(default_factory=dict)
    made: list[Team] = field(default_factory=list)

    @classmethod
    def read(cls, ctx: WriteContext) -> TeamBook:
        """Read the book."""
        book = cls(ctx)
        for team in Team.objects.order_by("-pk"):
            book.teams[team.parent_id, team.name.casefold()] = team
        for one in Membership.objects.select_related("team", "user").order_by("-is_primary", "pk"):
            book._enter(one)
        return book

    def _enter(self, one: Membership) -> None:
        self.members[one.user_id, one.team_id] = one
        self.primary.setdefault(one.user_id, one)
        if one.is_lead:
            self.groups.setdefault((one.team.parent_id, one.user_id), one.team)

    def team_of(self, user: User) -> Team | None:
        """Return the main team of ``user``."""
        one = self.primary.get(user.pk)
        return one.team if one else None

    def place(self, place: Place) -> tuple[str, str] | None:
        """Put one person where they belong; return the old and new team when that changed."""
        wanted = self._wanted(place)
        if wanted is None or (now := self.team_of(place.user)) == wanted:
            return None
        old = self.primary.get(place.user.pk)
        if old is not None and (place.user.pk, wanted.pk) not in self.members and not old.is_lead:
            self._move(old, wanted)
        else:
            self.join(place.user, wanted)
        return (str(now) if now else "", str(wanted))

    def _wanted(self, place: Place) -> Team | None:
        office = self.find_team(place.team) if place.team else None
        if place.manager is None or place.manager.pk == place.user.pk:
            return office
        return self.group_of(place.manager, office)

    def find_team(self, name: str) -> Team:
        """Return the team of this name, preferably one at the top; make it when there is none."""
        name = name.strip()[:120]
        known = self.teams.get((None, name.casefold()))
        if known is None:
            known = next((team for (_up, key), team in self.teams.items() if key == name.casefold()), None)
        return known or self._make(name, None)

    def group_of(self, manager: User, office: Team | None) -> Team:
        """Return the group that ``manager`` leads within ``office``; make it when there is none."""
        parent_id = office.pk if office else None
        if known := self.groups.get((parent_id, manager.pk)):
            return known
        name = (_("%(name)s’s team") % {"name": manager})[:120]
        group = self.teams.get((parent_id, name.casefold())) or self._make(name, office)
        self.join(manager, group, lead=True)
        return group

    def join(self, user: User, team: Team, *, lead: bool = False) -> None:
        """Make ``user`` a member, or a leader, of ``team``."""
        known = self.members.get((user.pk, team.pk))
        if known is not None:
            if lead and not known.is_lead:
                known.is_lead = True
                known.save(update_fields=["is_lead"])
                self.ctx.journal.changed(known, {"is_lead": False})
            return
        one = Membership.objects.create(
            user=user, team=team, is_lead=lead, is_primary=user.pk not in self.primary
        )
        self.ctx.journal.created(one)
        self._enter(one)

    def _move(self, one: Membership, team: Team) -> None:
        before = {"team_id": one.team_id}
        self.members.pop((one.user_id, one.team_id), None)
        one.team = team
        one.save(update_fields=["team"])
        self.ctx.journal.changed(one, before)
        self.members[one.user_id, team.pk] = one

    def _make(self, name: str, parent: Team | None) -> Team:
        team = Team.objects.create(name=name, parent=parent)
        self.ctx.journal.created(team)
        self.teams[team.parent_id, name.casefold()] = team
        self.made.append(team)
        return team

    def tell(self) -> None:
        """Write the events of the teams that were made."""
        emit_many(
            [
                Happening(events.TEAM_CREATED, Ref(SETUP_TYPE_ID, team.pk), str(team), self.ctx.at)
                for team in self.made
            ],
            actor=self.ctx.actor,
            via=self.ctx.via,
            job=self.ctx.job,
        )
        self.made = []


def place_all(places: Sequence[Place], ctx: WriteContext) -> dict[int, tuple[str, str]]:
    """Put people where they belong; return old and new team of those who moved, by user id."""
    book = TeamBook.read(ctx)
    moved = {}
    for place in places:
        change = book.place(place)
        if change is not None:
            moved[place.user.pk] = change
    book.tell()
    return moved
