"""Why somebody may see a record, or why not: every path of the rights, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.identity.access import access_for, teams_below
from crm.identity.models import Grant, Membership, Share, Team
from crm.identity.scopes import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.identity.models import User


@dataclass(frozen=True, slots=True)
class Path:
    """One way by which a right does, or does not, reach a record."""

    opens: bool
    text: str


def explain(user: User, record: Any, action: str = "view") -> list[Path]:
    """Return every path by which ``user`` might ``action`` the record; those that lead there first.

    Judged from the tables, not from the cached snapshot; that both agree is tested.
    """
    paths = [*_of_account(user), *_of_roles(user, record, action), *_of_shares(user, record, action)]
    if not paths:
        paths = [Path(False, _("%(person)s has no role, and no share.") % {"person": user})]
    return sorted(paths, key=lambda path: not path.opens)


def may(user: User, record: Any, action: str = "view") -> bool:
    """Return what every door answers."""
    return access_for(user).can(type(record), action, record)


def _of_account(user: User) -> Iterator[Path]:
    if not user.is_active:
        yield Path(False, _("The account is switched off: it opens nothing, whatever the roles say."))
    elif user.is_superuser:
        yield Path(True, _("%(person)s is a superuser and sees everything.") % {"person": user})


def _of_roles(user: User, record: Any, action: str) -> Iterator[Path]:
    grants = Grant.objects.filter(role__users=user, record_type=record._meta.label_lower, action=action)
    known = {grant.role_id: grant for grant in grants.select_related("role")}
    mine = frozenset(Membership.objects.filter(user=user).values_list("team_id", flat=True))
    for role in user.roles.order_by("pk"):
        grant = known.get(role.pk)
        scope = Scope(grant.scope) if grant else Scope.NONE
        opens, why = _by_scope(scope, user, record, mine)
        words = {"role": role, "scope": scope.label, "why": why}
        yield Path(opens and user.is_active, _("Role “%(role)s”, whose records: %(scope)s. %(why)s") % words)


def _by_scope(scope: Scope, user: User, record: Any, mine: frozenset[int]) -> tuple[bool, str]:
    """Tell whether a scope reaches the record, and why."""
    if scope is Scope.NONE:
        return False, _("The role does not give this right.")
    if scope is Scope.ALL:
        return True, _("All records of this kind are within reach.")
    if record.owner_id == user.pk:
        return True, _("%(person)s owns the record.") % {"person": user}
    if scope is Scope.OWN:
        return False, _("The record belongs to %(owner)s.") % {"owner": record.owner or _("nobody")}
    if record.team_id is None:
        return False, _("The record is in no team.")
    team = {"team": record.team, "person": user}
    if record.team_id in mine:
        return True, _("The record is in the team %(team)s, where %(person)s is a member.") % team
    if scope is Scope.SUBORDINATES and record.team_id in teams_below(mine):
        words = {**team, "above": _team_above(record.team, mine)}
        text = _("The record is in the team %(team)s, which is below %(above)s, a team of %(person)s.")
        return True, text % words
    return False, _("The record is in the team %(team)s, where %(person)s is no member.") % team


def _team_above(team: Team, mine: frozenset[int]) -> Team | None:
    """Return the nearest team over ``team`` that is among ``mine``."""
    above = team.parent
    while above is not None and above.pk not in mine:
        above = above.parent
    return above


def _of_shares(user: User, record: Any, action: str) -> Iterator[Path]:
    if action not in ("view", "change"):
        return
    ref = record.ref
    teams = Membership.objects.filter(user=user).values("team_id")
    rows = Share.objects.filter(Q(user=user) | Q(team__in=teams), type_id=ref.type_id, record_id=ref.id)
    for share in rows.select_related("team", "created_by"):
        ended = share.expires_at is not None and share.expires_at <= timezone.now()
        opens = not ended and (action == "view" or share.can_edit) and user.is_active
        words = {"who": share.created_by or _("somebody"), "whom": share.team or user}
        text = _("%(who)s shared the record with %(whom)s.") % words
        if ended:
            text = f"{text} " + _("The share has run out.")
        elif not opens and user.is_active:
            text = f"{text} " + _("The share allows looking, not changing.")
        yield Path(opens, text)
