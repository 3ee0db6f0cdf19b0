"""The cast that every test may call: ann, bob, eve and root, and clients that act for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone, translation

from crm.records import tagging
from crm.records.customfields import known
from tests.factories.identity import TeamFactory, person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crm.identity.models import Team, User


@pytest.fixture(autouse=True)
def _clean_house() -> Iterator[None]:
    """Start each test with an empty cache, in English and in UTC."""
    cache.clear()
    known.forget()
    tagging.forget()
    with translation.override("en"), timezone.override("UTC"):
        yield


@pytest.fixture
def team_a(db: None) -> Team:
    """Ann's team."""
    team: Team = TeamFactory(name="North")
    return team


@pytest.fixture
def team_b(db: None) -> Team:
    """Bob's team."""
    team: Team = TeamFactory(name="South")
    return team


@pytest.fixture
def ann(team_a: Team) -> User:
    """A sales rep in the team North."""
    return person("ann", role="sales_rep", team=team_a, full_name="Ann North")


@pytest.fixture
def bob(team_b: Team) -> User:
    """A sales rep in the team South."""
    return person("bob", role="sales_rep", team=team_b, full_name="Bob South")


@pytest.fixture
def boss(team_a: Team) -> User:
    """The sales manager who leads ann's team."""
    return person("boss", role="sales_manager", team=team_a, lead=True, full_name="Bea Boss")


@pytest.fixture
def eve(db: None) -> User:
    """A user without any role or team."""
    return person("eve", full_name="Eve Outside")


@pytest.fixture
def root(db: None) -> User:
    """The superuser."""
    return person("root", is_superuser=True, is_staff=True, full_name="Root")


@pytest.fixture
def client_for() -> Callable[[User], Client]:
    """Give a browser in which ``user`` is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
