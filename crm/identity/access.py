"""One answer to "may this person see or do that?", for every door.

An ``Access`` is a snapshot of a person's rights, cached under a version stamp that
``changed()`` renews whenever roles, teams, memberships or shares change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from django.core.cache import cache
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from crm.identity.models import FieldRule, Grant, Membership, Share, Team, User
from crm.identity.scopes import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VERSION_KEY = "access:version"
KEEP_SECONDS = 300
#: One request asks dozens of times: for so long the version is not looked up again.
FRESH_SECONDS = 0.5
#: When this process last heard that rights have changed.
_forgotten_at = 0.0


class Owned(Protocol):
    """What a right is judged by: whose the record is."""

    pk: Any
    owner_id: int | None
    team_id: int | None


@dataclass(frozen=True, slots=True)
class Access:
    """The rights of one person, as literal ids."""

    user_id: int
    is_root: bool = False
    version: str = ""
    team_ids: frozenset[int] = frozenset()
    below_team_ids: frozenset[int] = frozenset()
    grants: dict[str, dict[str, str]] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    shared_view: dict[int, tuple[int, ...]] = field(default_factory=dict)
    shared_edit: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def scope(self, model: type[models.Model] | str, action: str = "view") -> Scope:
        """Return how far ``action`` reaches over records of ``model`` (or a key such as "sales.deal")."""
        if self.is_root:
            return Scope.ALL
        return Scope(self.grants.get(key_of(model), {}).get(action, Scope.NONE))

    def shared(self, model: type[models.Model], action: str) -> tuple[int, ...]:
        """Return ids of records opened to this person one by one."""
        record_type: Any = getattr(model, "record_type", None)
        if record_type is None:
            return ()
        if action == "view":
            return self.shared_view.get(record_type.id, ())
        return self.shared_edit.get(record_type.id, ()) if action == "change" else ()

    def teams(self, scope: Scope) -> frozenset[int]:
        """Return the teams whose records a scope reaches."""
        if scope is Scope.TEAM:
            return self.team_ids
        if scope is Scope.SUBORDINATES:
            return self.team_ids | self.below_team_ids
        return frozenset()

    def filter(self, model: type[models.Model], action: str = "view") -> Q:
        """Return the condition that leaves what this person may ``action``: literal ids, no joins."""
        scope = self.scope(model, action)
        if scope is Scope.ALL:
            return Q()
        shared = self.shared(model, action)
        reach = Q(pk__in=list(shared)) if shared else Q()
        if scope is Scope.NONE:
            return reach or Q(pk__in=[])
        reach |= Q(owner_id=self.user_id)
        teams = self.teams(scope)
        return reach | Q(team_id__in=sorted(teams)) if teams else reach

    def can(self, model: type[models.Model] | str, action: str, record: Owned | None = None) -> bool:
        """Tell whether the person may ``action`` at all, or on this very record."""
        scope = self.scope(model, action)
        if scope is Scope.ALL:
            return True
        if record is None:
            # Whoever was shown a single record may open the doors behind which it stands.
            return scope is not Scope.NONE or (
                not isinstance(model, str) and bool(self.shared(model, action))
            )
        if not isinstance(model, str) and record.pk in self.shared(model, action):
            return True
        if scope is Scope.NONE:
            return False
        return record.owner_id == self.user_id or record.team_id in self.teams(scope)

    def field_level(self, model: type[models.Model] | str, name: str) -> str:
        """Return "hidden", "read_only" or "" for a field of ``model``."""
        if self.is_root:
            return ""
        return self.fields.get(key_of(model), {}).get(name, "")

    def hidden(self, model: type[models.Model] | str) -> frozenset[str]:
        """Return the names of the fields of ``model`` that this person does not see."""
        if self.is_root:
            return frozenset()
        levels = self.fields.get(key_of(model), {})
        return frozenset(name for name, level in levels.items() if level == "hidden")

    @property
    def stamp(self) -> str:
        """A key under which figures of this reach may be cached."""
        return f"{self.version}:{self.user_id}"


def key_of(model: type[models.Model] | str) -> str:
    """Return the key by which grants name a model: "sales.deal"."""
    return model if isinstance(model, str) else model._meta.label_lower


def current_version() -> str:
    """Return the stamp that every cached snapshot carries."""
    version = cache.get(VERSION_KEY)
    if version is None:
        cache.add(VERSION_KEY, uuid4().hex, None)
        version = cache.get(VERSION_KEY)
    return str(version)


def changed() -> None:
    """Forget every cached snapshot, once the change of rights is committed."""
    transaction.on_commit(forget)


def forget() -> None:
    """Forget every cached snapshot now."""
    global _forgotten_at
    cache.set(VERSION_KEY, uuid4().hex, None)
    _forgotten_at = monotonic()


def access_for(user: Any) -> Access:
    """Return the rights of ``user``; a guest or an inactive user has none."""
    if not getattr(user, "is_active", False) or user.pk is None:
        return Access(user_id=0)
    known: Access | None = getattr(user, "_access", None)
    checked_at = getattr(user, "_access_checked_at", 0.0)
    if known is not None and checked_at > _forgotten_at and monotonic() - checked_at < FRESH_SECONDS:
        return known
    version = current_version()
    user._access_checked_at = monotonic()
    if known is not None and known.version == version:
        return known
    key = f"access:{version}:{user.pk}:{int(user.is_superuser)}"
    access = cache.get(key)
    if access is None:
        access = build(user, version)
        cache.set(key, access, KEEP_SECONDS)
    user._access = access
    return access  # type: ignore[no-any-return]


def build(user: User, version: str = "") -> Access:
    """Read the rights of ``user`` from the database."""
    team_ids = frozenset(Membership.objects.filter(user=user).values_list("team_id", flat=True))
    return Access(
        user_id=user.pk,
        is_root=user.is_superuser,
        version=version,
        team_ids=team_ids,
        below_team_ids=teams_below(team_ids),
        grants=widest_grants(user),
        fields=spread(mildest_fields(user)),
        shared_view=shares_of(user, team_ids, editable=False),
        shared_edit=shares_of(user, team_ids, editable=True),
    )


def teams_below(team_ids: frozenset[int]) -> frozenset[int]:
    """Return the teams under ``team_ids`` in the tree."""
    if not team_ids:
        return frozenset()
    children: dict[int, list[int]] = {}
    for pk, parent_id in Team.objects.exclude(parent=None).values_list("pk", "parent_id"):
        children.setdefault(parent_id, []).append(pk)
    found: set[int] = set()
    waiting = list(team_ids)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return frozenset(found - team_ids)


def widest_grants(user: User) -> dict[str, dict[str, str]]:
    """Merge the grants of all roles of ``user``: the wider scope wins."""
    grants: dict[str, dict[str, str]] = {}
    rows = Grant.objects.filter(role__users=user).values_list("record_type", "action", "scope")
    for record_type, action, scope in rows:
        actions = grants.setdefault(record_type, {})
        if Scope(scope).width > Scope(actions.get(action, Scope.NONE)).width:
            actions[action] = scope
    return grants


#: Key of a model → field → the other fields that tell its value too.
_covers: dict[str, dict[str, tuple[str, ...]]] = {}


def cover(key: str, covers: Mapping[str, Iterable[str]]) -> None:
    """Declare which fields tell the value of another: a rule over one holds for all of them."""
    known = _covers.setdefault(key, {})
    for name, others in covers.items():
        known[name] = tuple(dict.fromkeys((*known.get(name, ()), *others)))


def covered(key: str, name: str) -> tuple[str, ...]:
    """Return the fields that a rule over ``name`` holds for beside itself."""
    return _covers.get(key, {}).get(name, ())


def spread(fields: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Let each rule hold for every field that tells the same; the stricter wins."""
    found = {key: dict(levels) for key, levels in fields.items()}
    for key, levels in fields.items():
        for name, level in levels.items():
            for other in covered(key, name):
                if level == "hidden" or not found[key].get(other):
                    found[key][other] = level
    return found


def mildest_fields(user: User) -> dict[str, dict[str, str]]:
    """Merge field rules: a field is limited only when every role of ``user`` limits it."""
    role_ids = set(user.roles.values_list("pk", flat=True))
    levels: dict[tuple[str, str], list[str]] = {}
    rows = FieldRule.objects.filter(role_id__in=role_ids).values_list("record_type", "field", "level")
    for record_type, name, level in rows:
        levels.setdefault((record_type, name), []).append(level)
    fields: dict[str, dict[str, str]] = {}
    for (record_type, name), found in levels.items():
        if len(found) == len(role_ids):
            fields.setdefault(record_type, {})[name] = "read_only" if "read_only" in found else "hidden"
    return fields


def shares_of(user: User, team_ids: frozenset[int], *, editable: bool) -> dict[int, tuple[int, ...]]:
    """Return ids of records shared with ``user`` or their teams, by type; what has run out is no more."""
    rows = Share.objects.filter(Q(user=user) | Q(team_id__in=team_ids))
    rows = rows.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
    if editable:
        rows = rows.filter(can_edit=True)
    found: dict[int, set[int]] = {}
    for type_id, record_id in rows.values_list("type_id", "record_id"):
        found.setdefault(type_id, set()).add(record_id)
    return {type_id: tuple(sorted(ids)) for type_id, ids in found.items()}
