"""Keys for programs: made, checked and revoked."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db import transaction

from crm.accounts import events, sessions
from crm.accounts.models import ApiToken, Outcome, SignIn, TokenScope
from crm.records.events import emit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from crm.identity.models import User

#: Every key begins so, which lets scanners of leaked secrets recognise it.
MARK = "artel_"
#: "Last used" is written no oftener than this, so that reading stays reading.
NOTE_EVERY = timedelta(minutes=1)
#: So long an address is known without asking the log.
KNOWN_SECONDS = 24 * 3600


@transaction.atomic
def issue_token(
    *,
    user: User,
    name: str,
    scopes: Sequence[str],
    at: datetime,
    actor: User | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for ``user``; return it with the key, which nobody can read again.

    Who may write may read.
    """
    key = MARK + secrets.token_urlsafe(30)
    wanted = set(TokenScope) if TokenScope.WRITE in scopes else {TokenScope.READ}
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=key[:12],
        digest=digest(key),
        scopes=[scope.value for scope in TokenScope if scope in wanted],
        created_at=at,
        expires_at=expires_at,
    )
    emit(
        events.TOKEN_CREATED,
        ref=events.user_ref(user.pk),
        title=str(user),
        actor=actor,
        at=at,
        data={"token": str(token), "scopes": token.scopes},
    )
    return token, key


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: User | None, at: datetime) -> None:
    """Make a token void from now on."""
    if token.revoked_at is not None:
        return
    token.revoked_at = at
    token.save(update_fields=["revoked_at"])
    emit(
        events.TOKEN_REVOKED,
        ref=events.user_ref(token.user_id),
        title=str(token.user),
        actor=actor,
        at=at,
        data={"token": str(token)},
    )


def find_token(key: str, *, at: datetime) -> ApiToken | None:
    """Return the valid token of this key with its user, and note that it was used."""
    if not key.startswith(MARK):
        return None
    token = ApiToken.objects.select_related("user").filter(digest=digest(key)).first()
    if token is None or not token.is_valid(at) or not token.user.is_active:
        return None
    if token.last_used_at is None or at - token.last_used_at > NOTE_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
        token.last_used_at = at
    return token


def note_address(token: ApiToken, request: HttpRequest, *, at: datetime) -> None:
    """Log the first use of a token from an address; later ones from there are no news."""
    ip = sessions.address_of(request)
    kept = f"token:{token.pk}:{ip}"
    if ip is None or cache.get(kept):
        return
    cache.set(kept, True, KNOWN_SECONDS)
    lines = SignIn.objects.filter(user=token.user, outcome=Outcome.TOKEN_USED, name=token.prefix, ip=ip)
    if not lines.exists():
        sessions.note_sign_in(
            request, outcome=Outcome.TOKEN_USED, at=at, ip=ip, user=token.user, name=token.prefix
        )


def digest(key: str) -> str:
    """Return what is stored: keys are long and random, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()
