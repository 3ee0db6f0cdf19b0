"""Users, teams and roles, as few as a test needs."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from crm.identity import access
from crm.identity.models import Membership, Role, Team, User
from crm.identity.roles import ensure_roles
from crm.records import registry


class TeamFactory(DjangoModelFactory):
    class Meta:
        model = Team

    name = factory.Sequence(lambda number: f"Team {number}")


class UserFactory(DjangoModelFactory):
    """A person who may do nothing: no role, no team, no password."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"user{number}")
    full_name = factory.Sequence(lambda number: f"User {number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    language = "en"
    time_zone = "UTC"


def builtin_role(key: str) -> Role:
    """Return a built-in role with its rights, also after a test that emptied the tables."""
    ensure_roles(registry.types())
    return Role.objects.get(key=key)


def rights_changed() -> None:
    """Forget cached rights at once; in a test nothing is ever committed."""
    access.forget()


def join(user: User, team: Team, *, lead: bool = False, primary: bool = True) -> Membership:
    """Put ``user`` into ``team``."""
    membership = Membership.objects.create(user=user, team=team, is_lead=lead, is_primary=primary)
    rights_changed()
    return membership


def person(
    username: str, *, role: str = "", team: Team | None = None, lead: bool = False, **values: Any
) -> User:
    """Make a user with a built-in role, in a team; the password is the user name."""
    user: User = UserFactory(username=username, full_name=values.pop("full_name", username.title()), **values)
    user.set_password(username)
    user.save(update_fields=["password"])
    if role:
        user.roles.add(builtin_role(role))
    if team is not None:
        join(user, team, lead=lead)
    rights_changed()
    return user
