"""After any change of people, teams, roles, shares and records every door shows the same.

A random walk through a small company; after each step each person goes through the real doors,
and list, count, board, search, export, REST and figures must show exactly what the facts allow.
``ARTEL_WALKS=100`` walks longer than the usual run.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from crm.identity import reasons
from crm.records.registry import by_slug
from crm.ui.declaration import views_of
from reports.home import read_figures, whose_of
from reports.lens import Lens
from tests.access.world import MERGEABLE, MODELS, NAMES, SCOPES, SECRETS, WORD, World

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db

WALKS = int(os.environ.get("ARTEL_WALKS", "3"))
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

slugs = st.sampled_from(sorted(MODELS))
places = st.integers(0, 9)
few = st.integers(0, 2)


def body(response: Any) -> str:
    if response.status_code in (403, 404):
        return ""
    assert response.status_code == 200, response.status_code
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode()


class Visits:
    """One person's walk through the doors of one type."""

    def __init__(self, world: World, user: User, client: Client, slug: str) -> None:
        self.world, self.user, self.client, self.slug = world, user, client, slug
        self.views = views_of(MODELS[slug])
        self.address = self.views.url("list")

    def ids_in(self, html: str) -> set[int]:
        return {int(pk) for pk in re.findall(rf'href="{self.address}(\d+)/"', html)}

    def in_list(self) -> set[int]:
        return self.ids_in(body(self.client.get(self.address)))

    def in_rest(self) -> set[int]:
        text = self.client.get(f"/api/v1/{self.slug}/")
        rows = text.json()["results"] if text.status_code == 200 else []
        name, sees = SECRETS[self.slug], self.world.sees_secret(self.user, self.slug)
        assert all((name in row) is sees for row in rows)
        return {row["id"] for row in rows}

    def in_search(self) -> set[int]:
        found = self.client.get("/api/v1/search/", {"q": WORD, "type": self.slug}).json()["results"]
        return {row["id"] for row in found}

    def in_export(self) -> set[int]:
        text = body(self.client.get(self.views.url("export"), {"format": "csv"}))
        names = set(re.findall(rf"{WORD} \d+", text))
        rows = MODELS[self.slug].all_objects.filter(**{f"{NAMES[self.slug]}__in": names})
        return set(rows.values_list("pk", flat=True))

    def counted(self) -> int:
        text = body(self.client.get(self.views.url("count")))
        found = re.search(r">([\d,]+)<", text)
        return int(found.group(1)) if found else 0

    def on_board(self) -> set[int]:
        return self.ids_in(body(self.client.get(self.views.url("board"))))

    def opens(self, pk: int) -> bool:
        return bool(self.client.get(f"/api/v1/{self.slug}/{pk}/").status_code == 200)


class Company(RuleBasedStateMachine):
    """The random walk."""

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.atomic()
        self.point.__enter__()
        cache.clear()
        self.world = World()
        self.turn = 0
        self.clients: dict[int, Client] = {}
        for user in (*self.world.users, self.world.root):
            self.clients[user.pk] = Client()
            self.clients[user.pk].force_login(user, backend=BACKEND)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.point.__exit__(None, None, None)

    def alive(self, slug: str, *, gone: bool = False) -> list[int]:
        return [pk for pk, facts in self.world.facts[slug].items() if facts.gone is gone]

    def one_of(self, slug: str, place: int, *, gone: bool = False) -> int | None:
        found = self.alive(slug, gone=gone)
        return found[place % len(found)] if found else None

    @initialize()
    def begin(self) -> None:
        world = self.world
        for number, user in enumerate(world.users):
            world.join(user, world.teams[number])
            world.set_role(user, world.roles[number % 2], has=True)
            for slug in MODELS:
                world.add(slug, user, world.teams[number])
        world.put_under(world.teams[1], world.teams[0])
        for slug in MODELS:
            for role, scope in zip(world.roles, ("team", "subordinates"), strict=True):
                world.grant(role, slug, "view", scope)
                world.grant(role, slug, "export", scope)

    @rule(slug=slugs, owner=st.none() | few, team=st.none() | few)
    def add(self, slug: str, owner: int | None, team: int | None) -> None:
        user = None if owner is None else self.world.users[owner]
        self.world.add(slug, user, None if team is None else self.world.teams[team])

    @rule(slug=slugs, place=places, owner=st.none() | few)
    def change_owner(self, slug: str, place: int, owner: int | None) -> None:
        if (pk := self.one_of(slug, place)) is not None:
            self.world.give(slug, pk, {"owner": None if owner is None else self.world.users[owner]})

    @rule(slug=slugs, place=places, team=st.none() | few)
    def change_team(self, slug: str, place: int, team: int | None) -> None:
        if (pk := self.one_of(slug, place)) is not None:
            self.world.give(slug, pk, {"team": None if team is None else self.world.teams[team]})

    @rule(slug=slugs, place=places)
    def delete(self, slug: str, place: int) -> None:
        if (pk := self.one_of(slug, place)) is not None:
            self.world.delete(slug, pk)

    @rule(slug=slugs, place=places)
    def restore(self, slug: str, place: int) -> None:
        if (pk := self.one_of(slug, place, gone=True)) is not None:
            self.world.restore(slug, pk)

    @rule(slug=st.sampled_from(MERGEABLE), place=places)
    def merge(self, slug: str, place: int) -> None:
        found = self.alive(slug)
        if len(found) > 1:
            self.world.merge(slug, found[place % len(found)], found[(place + 1) % len(found)])

    @rule(slug=slugs, place=places, whom=few, is_team=st.booleans(), can_edit=st.booleans())
    def share(self, slug: str, place: int, whom: int, is_team: bool, can_edit: bool) -> None:
        if (pk := self.one_of(slug, place)) is not None:
            target: Any = self.world.teams[whom] if is_team else self.world.users[whom]
            self.world.share(slug, pk, target, can_edit=can_edit)

    @rule(slug=slugs, place=places)
    def unshare(self, slug: str, place: int) -> None:
        pk = self.one_of(slug, place)
        if pk is not None and self.world.facts[slug][pk].shares:
            self.world.unshare(slug, pk)

    @rule(user=few, team=few, joins=st.booleans())
    def move_person(self, user: int, team: int, joins: bool) -> None:
        act = self.world.join if joins else self.world.leave
        act(self.world.users[user], self.world.teams[team])

    @rule(team=few, parent=st.none() | few)
    def move_team(self, team: int, parent: int | None) -> None:
        self.world.put_under(self.world.teams[team], None if parent is None else self.world.teams[parent])

    @rule(user=few, role=st.integers(0, 1), has=st.booleans())
    def change_role(self, user: int, role: int, has: bool) -> None:
        self.world.set_role(self.world.users[user], self.world.roles[role], has=has)

    @rule(
        role=st.integers(0, 1),
        slug=slugs,
        action=st.sampled_from(("view", "export")),
        scope=st.sampled_from(SCOPES),
    )
    def change_grant(self, role: int, slug: str, action: str, scope: str) -> None:
        self.world.grant(self.world.roles[role], slug, action, scope)

    @rule(role=st.integers(0, 1), slug=slugs, is_hidden=st.booleans())
    def change_field(self, role: int, slug: str, is_hidden: bool) -> None:
        self.world.hide(self.world.roles[role], slug, is_hidden=is_hidden)

    @invariant()
    def doors_show_the_same_to_the_next_one(self) -> None:
        everybody = [*self.world.users, self.world.root]
        self.turn += 1
        for slug in MODELS:
            self.walk(everybody[self.turn % len(everybody)], slug)

    def everybody_walks(self) -> None:
        for user in (*self.world.users, self.world.root):
            for slug in MODELS:
                self.walk(user, slug)

    def walk(self, user: User, slug: str) -> None:
        seen = self.world.expected(user, slug)
        visits = Visits(self.world, user, self.clients[user.pk], slug)
        fresh = type(user).objects.get(pk=user.pk)
        told = {
            "list": visits.in_list(),
            "REST": visits.in_rest(),
            "search": visits.in_search(),
            "query": set(MODELS[slug].objects.visible_to(fresh).values_list("pk", flat=True)),
        }
        if slug == "deals":
            told["board"] = visits.on_board()
        assert told == dict.fromkeys(told, seen), user
        exported = self.world.expected(user, slug, "export")
        assert visits.in_export() == exported & seen, user
        assert visits.counted() == len(seen), user
        if slug == "deals" and whose_of(fresh):
            figures = read_figures(Lens(user=fresh, at=timezone.now(), whose="all"))
            assert sum(bar.count for bar in figures["stages"]) == len(seen), user
        self.explain(fresh, slug, visits, seen)

    def explain(self, user: User, slug: str, visits: Visits, seen: set[int]) -> None:
        """One record: its page opens for whom it is seen, and the reasons agree."""
        for pk in list(self.world.facts[slug])[:1]:
            assert visits.opens(pk) is (pk in seen), user
            if not self.world.facts[slug][pk].gone:
                paths = reasons.explain(user, by_slug(slug).model._base_manager.get(pk=pk))
                assert any(path.opens for path in paths) is (pk in seen), user


def test_each_change_shows_to_everybody_in_every_door() -> None:
    """One of each change, the one after the other, and everybody walks after each."""
    company = Company()
    try:
        company.begin()
        company.everybody_walks()
        for change in (
            lambda: company.share("deals", 1, 0, is_team=False, can_edit=False),
            lambda: company.share("companies", 0, 2, is_team=True, can_edit=True),
            lambda: company.move_person(2, 0, joins=True),
            lambda: company.change_field(1, "deals", is_hidden=True),
            lambda: company.move_team(2, 1),
            lambda: company.change_grant(0, "deals", "view", "own"),
            lambda: company.change_owner("deals", 0, 1),
            lambda: company.change_team("companies", 2, 0),
            lambda: company.merge("companies", 0),
            lambda: company.merge("people", 1),
            lambda: company.delete("deals", 1),
            lambda: company.restore("deals", 0),
            lambda: company.unshare("deals", 0),
            lambda: company.change_role(1, 1, has=False),
        ):
            change()
            company.everybody_walks()
    finally:
        company.teardown()


def test_every_door_shows_the_same_whatever_changes() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Company,
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=12 if WALKS < 20 else 40,
            deadline=None,
            derandomize=WALKS < 20,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
