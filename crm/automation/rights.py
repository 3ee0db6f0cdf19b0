"""Who may make rules: administrators for all records, leads for those of their teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db.models import Q

from crm.automation.models import Rotation, Rule
from crm.identity.access import access_for, teams_below
from crm.identity.models import Membership, Team
from crm.ui.admin.rights import may_administer

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from crm.identity.models import User


KEEP_SECONDS = 300


def led_teams(user: Any) -> list[Team]:
    """Return the teams that somebody leads, by name."""
    if not getattr(user, "is_active", False):
        return []
    led = Membership.objects.filter(user=user, is_lead=True).values("team")
    return list(Team.objects.filter(pk__in=led, is_active=True).order_by("name"))


def may_automate(user: Any) -> bool:
    """Tell whether somebody may make rules at all."""
    return may_administer(user) or bool(led_teams(user))


def may_automate_cheaply(user: Any) -> bool:
    """Tell the same for the navigation of every page: kept as long as rights stay the same."""
    key = f"automation:may:{access_for(user).stamp}"
    known: bool | None = cache.get(key)
    if known is None:
        known = may_automate(user)
        cache.set(key, known, KEEP_SECONDS)
    return known


def rules_of(user: Any) -> QuerySet[Rule]:
    """Return the rules that somebody may read and change: a lead's own, an administrator's all."""
    rules = Rule.objects.select_related("author", "team").order_by("position", "pk")
    return rules if may_administer(user) else rules.filter(author=user)


def rotations_of(user: Any) -> QuerySet[Rotation]:
    """Return the rotations that somebody may change: those of the teams they lead."""
    rotations = Rotation.objects.select_related("team").order_by("name", "pk")
    return rotations if may_administer(user) else rotations.filter(team__in=led_teams(user))


def teams_for(user: Any) -> list[Team]:
    """Return the teams to which somebody may bind a rule."""
    if may_administer(user):
        return list(Team.objects.filter(is_active=True).order_by("name", "pk"))
    return led_teams(user)


def reach_of(rule: Rule) -> Q:
    """Return which records a rule may look at, besides what its author sees: those of its team."""
    if rule.team_id is None:
        return Q()
    below = teams_below(frozenset({rule.team_id}))
    return Q(team_id__in=sorted({rule.team_id, *below}))


def still_may(rule: Rule) -> bool:
    """Tell whether the author of a rule may still have it: active, and for all records an administrator."""
    author: User = rule.author
    if not author.is_active:
        return False
    if may_administer(author):
        return True
    return rule.team_id is not None and any(team.pk == rule.team_id for team in led_teams(author))
