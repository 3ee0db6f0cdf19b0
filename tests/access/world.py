"""A small company written twice: into the database, and as plain facts from which rights are reckoned.

``World.expected`` knows nothing of the code that it judges: it reads the facts kept here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from contacts.models import Company, Person
from crm.identity.models import FieldRule, Grant, Membership, Role, Share, Team, User
from crm.records.registry import service_for
from crm.records.sharing import share_record, unshare_record
from crm.timeline.models import Activity
from sales.models import Deal
from tests.factories.identity import TeamFactory, person, rights_changed
from tests.merging.rooms import merged

SCOPES = ("none", "own", "team", "subordinates", "all")
MODELS: dict[str, Any] = {"deals": Deal, "companies": Company, "people": Person, "activities": Activity}
#: What is hidden from roles in this world, by type.
SECRETS = {"deals": "amount", "companies": "city", "people": "job_title", "activities": "minutes"}
#: What records of a type are called by.
NAMES = {"deals": "name", "companies": "name", "people": "name", "activities": "subject"}
#: Types of which several records become one.
MERGEABLE = ("companies", "people")
#: Stands in every title, so that one search finds all.
WORD = "Zebra"


@dataclass
class Facts:
    """One record, as far as rights are concerned."""

    owner: int | None
    team: int | None
    gone: bool = False
    shares: dict[tuple[str, int], Any] = field(default_factory=dict)


class World:
    """Teams in a tree, people with roles, records with owners; every change is written twice."""

    def __init__(self) -> None:
        self.teams: list[Team] = [TeamFactory(name=f"Team {n}") for n in range(3)]
        self.parents: dict[int, int | None] = {team.pk: None for team in self.teams}
        self.users = [person(f"user{n}") for n in range(3)]
        self.root = person("root", is_superuser=True, is_staff=True)
        self.roles = [Role.objects.create(key=f"role_{n}", name=f"Role {n}") for n in range(2)]
        self.members: set[tuple[int, int]] = set()
        self.has_role: set[tuple[int, int]] = set()
        self.scopes: dict[tuple[int, str, str], str] = {}
        self.hidden: set[tuple[int, str]] = set()
        self.facts: dict[str, dict[int, Facts]] = {slug: {} for slug in MODELS}
        self.number = 0

    # Changes

    def add(self, slug: str, owner: User | None, team: Team | None) -> None:
        self.number += 1
        row = {NAMES[slug]: f"{WORD} {self.number:03}", "owner": owner, "team": team}
        if slug == "deals":
            row["amount"] = 1000 + self.number
        if slug == "activities":
            row["kind"] = "task"
        draft = service_for(MODELS[slug]).create([row], actor=None, at=timezone.now())[0]
        record = draft.record
        self.facts[slug][record.pk] = Facts(record.owner_id, record.team_id)

    def give(self, slug: str, pk: int, changes: dict[str, Any]) -> None:
        """Hand a record to another owner or team."""
        drafts = service_for(MODELS[slug]).update(
            [self.record(slug, pk)], changes, actor=None, at=timezone.now()
        )
        record = drafts[0].record
        self.facts[slug][pk].owner, self.facts[slug][pk].team = record.owner_id, record.team_id

    def delete(self, slug: str, pk: int) -> None:
        service_for(MODELS[slug]).delete([self.record(slug, pk)], actor=None, at=timezone.now())
        self.facts[slug][pk].gone = True

    def restore(self, slug: str, pk: int) -> None:
        service_for(MODELS[slug]).restore([self.record(slug, pk)], actor=None, at=timezone.now())
        self.facts[slug][pk].gone = False

    def merge(self, slug: str, into: int, gone: int) -> None:
        """Make one record of two; shares of the lost one lead to the one that stays."""
        survivor, lost = self.record(slug, into), self.record(slug, gone)
        merged(survivor, lost, actor=self.root)
        facts = self.facts[slug]
        facts.pop(gone)
        kept = MODELS[slug].all_objects.get(pk=into)
        facts[into].owner, facts[into].team = kept.owner_id, kept.team_id
        facts[into].shares = {
            ("user" if row.user_id else "team", row.user_id or row.team_id): row for row in _shares(kept)
        }

    def share(self, slug: str, pk: int, whom: User | Team, *, can_edit: bool) -> None:
        kind = "user" if isinstance(whom, User) else "team"
        share = share_record(
            record=self.record(slug, pk), whom=whom, can_edit=can_edit, actor=self.root, at=timezone.now()
        )
        self.facts[slug][pk].shares[kind, whom.pk] = share
        rights_changed()

    def unshare(self, slug: str, pk: int) -> None:
        shares = self.facts[slug][pk].shares
        key = next(iter(shares))
        unshare_record(
            share=shares.pop(key), record=self.record(slug, pk), actor=self.root, at=timezone.now()
        )
        rights_changed()

    def join(self, user: User, team: Team) -> None:
        Membership.objects.get_or_create(user=user, team=team)
        self.members.add((user.pk, team.pk))
        rights_changed()

    def leave(self, user: User, team: Team) -> None:
        Membership.objects.filter(user=user, team=team).delete()
        self.members.discard((user.pk, team.pk))
        rights_changed()

    def put_under(self, team: Team, parent: Team | None) -> None:
        above, seen = parent.pk if parent else None, {team.pk}
        while above is not None:
            if above in seen:
                return  # a circle: the product refuses it, too
            seen.add(above)
            above = self.parents[above]
        Team.objects.filter(pk=team.pk).update(parent=parent)
        self.parents[team.pk] = parent.pk if parent else None
        rights_changed()

    def set_role(self, user: User, role: Role, *, has: bool) -> None:
        (user.roles.add if has else user.roles.remove)(role)
        (self.has_role.add if has else self.has_role.discard)((user.pk, role.pk))
        rights_changed()

    def grant(self, role: Role, slug: str, action: str, scope: str) -> None:
        key = MODELS[slug]._meta.label_lower
        Grant.objects.update_or_create(role=role, record_type=key, action=action, defaults={"scope": scope})
        self.scopes[role.pk, slug, action] = scope
        rights_changed()

    def hide(self, role: Role, slug: str, *, is_hidden: bool) -> None:
        key = {"role": role, "record_type": MODELS[slug]._meta.label_lower, "field": SECRETS[slug]}
        if is_hidden:
            FieldRule.objects.get_or_create(**key, defaults={"level": "hidden"})
            self.hidden.add((role.pk, slug))
        else:
            FieldRule.objects.filter(**key).delete()
            self.hidden.discard((role.pk, slug))
        rights_changed()

    def record(self, slug: str, pk: int) -> Any:
        return MODELS[slug].all_objects.get(pk=pk)

    # What follows from the facts

    def roles_of(self, user: User) -> list[Role]:
        return [role for role in self.roles if (user.pk, role.pk) in self.has_role]

    def expected(self, user: User, slug: str, action: str = "view") -> set[int]:
        """Return the ids of the records that ``user`` may ``action``, reckoned from the facts alone."""
        return {pk for pk, facts in self.facts[slug].items() if self.reaches(user, slug, facts, action)}

    def reaches(self, user: User, slug: str, facts: Facts, action: str) -> bool:
        if facts.gone:
            return False
        if user.is_superuser:
            return True
        teams = {team for one, team in self.members if one == user.pk}
        below = {team for team in self.parents if self._is_below(team, teams)}
        scope = max(
            (self.scopes.get((role.pk, slug, action), "none") for role in self.roles_of(user)),
            key=SCOPES.index,
            default="none",
        )
        by_scope = {
            "none": False,
            "own": facts.owner == user.pk,
            "team": facts.owner == user.pk or facts.team in teams,
            "subordinates": facts.owner == user.pk or facts.team in teams | below,
            "all": True,
        }[scope]
        shared = ("user", user.pk) in facts.shares or any(("team", team) in facts.shares for team in teams)
        return by_scope or (shared and action == "view")

    def _is_below(self, team: int, tops: set[int]) -> bool:
        above = self.parents[team]
        while above is not None:
            if above in tops:
                return True
            above = self.parents[above]
        return False

    def sees_secret(self, user: User, slug: str) -> bool:
        roles = self.roles_of(user)
        return user.is_superuser or not roles or any((role.pk, slug) not in self.hidden for role in roles)


def _shares(record: Any) -> list[Any]:
    ref = record.ref
    return list(Share.objects.filter(type_id=ref.type_id, record_id=ref.id))
