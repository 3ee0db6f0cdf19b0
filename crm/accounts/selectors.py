"""What the pages of accounts show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from crm.accounts.models import ApiToken, Invitation, SignIn
from crm.identity.models import Membership, Team, User

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet


@dataclass
class TeamBlock:
    """A team with its active people, leaders first, and how deep it stands in the tree."""

    team: Team | None
    depth: int = 0
    members: list[tuple[User, bool]] = field(default_factory=list)


def my_sign_ins(user: User, limit: int = 12) -> QuerySet[SignIn]:
    """Return the latest attempts to sign in as ``user``."""
    return SignIn.objects.filter(user=user).order_by("-at")[:limit]


def my_tokens(user: User) -> QuerySet[ApiToken]:
    """Return the tokens of ``user`` that were not revoked."""
    return ApiToken.objects.filter(user=user, revoked_at=None).order_by("-created_at")


def open_invitations(at: datetime) -> QuerySet[Invitation]:
    """Return invitations that nobody has taken up yet, newest first."""
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None)
    return waiting.select_related("user", "invited_by").order_by("-created_at")[:200]


def people_by_team() -> list[TeamBlock]:
    """Return who works where, team by team along the tree; people without a team come last."""
    active = Membership.objects.filter(user__is_active=True).select_related("user")
    memberships = active.order_by("-is_lead", "user__full_name", "user__username")
    teams = Team.objects.filter(is_active=True).prefetch_related(Prefetch("memberships", memberships))
    blocks = [
        TeamBlock(team, depth, [(one.user, one.is_lead) for one in team.memberships.all()])
        for team, depth in along_tree(list(teams))
    ]
    alone = User.objects.filter(is_active=True, memberships=None).order_by("full_name", "username")
    if found := [(user, False) for user in alone]:
        blocks.append(TeamBlock(None, 0, found))
    return blocks


def along_tree(teams: list[Team]) -> list[tuple[Team, int]]:
    """Order teams as the tree reads, each with its depth; orphans of hidden parents stand at the top."""
    known = {team.pk for team in teams}
    children: dict[int | None, list[Team]] = {}
    for team in sorted(teams, key=lambda one: one.name.casefold()):
        children.setdefault(team.parent_id if team.parent_id in known else None, []).append(team)
    ordered: list[tuple[Team, int]] = []

    def walk(parent_id: int | None, depth: int) -> None:
        for team in children.get(parent_id, ()):
            ordered.append((team, depth))
            walk(team.pk, depth + 1)

    walk(None, 0)
    return ordered
