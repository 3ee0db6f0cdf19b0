"""How people have to sign in: who needs a second factor, and how long a session lasts.

Asked by every request, so the one row is kept in the cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.utils.crypto import get_random_string

from crm.accounts.models import FactorDemand, FactorGrace, SignInPolicy
from crm.ui.admin.rights import may_administer

if TYPE_CHECKING:
    from crm.identity.models import User

KEY = "accounts:policy"
KEEP_SECONDS = 3600
#: Kinds of second factor that open the door by themselves; recovery codes only stand in for them.
KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy as requests read it."""

    demand: str
    role_ids: frozenset[int]
    grace: timedelta
    idle: timedelta
    absolute: timedelta
    tells_new_device: bool
    #: Changes with every save: what a session remembers under another stamp is asked anew.
    stamp: str


def load() -> Policy:
    """Return the policy in force."""
    kept: Policy | None = cache.get(KEY)
    if kept is None:
        kept = read()
        cache.set(KEY, kept, KEEP_SECONDS)
    return kept


def read() -> Policy:
    """Read the policy from its row; the defaults hold before there is one."""
    row = SignInPolicy.objects.filter(pk=1).first() or SignInPolicy(pk=1)
    return Policy(
        demand=row.second_factor,
        role_ids=frozenset(row.roles.values_list("pk", flat=True)),
        grace=timedelta(days=row.grace_days),
        idle=timedelta(hours=row.idle_hours),
        absolute=timedelta(days=row.absolute_days),
        tells_new_device=row.tells_new_device,
        stamp=get_random_string(8),
    )


def changed() -> None:
    """Forget the kept policy after its row was written."""
    cache.delete(KEY)


def has_factor(user: Any) -> bool:
    """Tell whether ``user`` signs in with a second factor."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=KINDS).exists())


def needs_factor(user: Any, policy: Policy | None = None) -> bool:
    """Tell whether the policy asks a second factor of ``user``."""
    policy = policy or load()
    if policy.demand == FactorDemand.NOBODY:
        return False
    if policy.demand == FactorDemand.EVERYBODY or may_administer(user):
        return True
    if policy.demand != FactorDemand.ROLES or not policy.role_ids:
        return False
    return bool(user.roles.filter(pk__in=policy.role_ids).exists())


def factor_due(user: User, policy: Policy, at: datetime) -> datetime | None:
    """Return until when ``user`` has to set up a second factor; None when nothing is owed.

    The days of grace begin with the first page that a person opens after it is required.
    """
    if not needs_factor(user, policy) or has_factor(user):
        return None
    grace, _made = FactorGrace.objects.get_or_create(user=user, defaults={"since": at})
    return grace.since + policy.grace
