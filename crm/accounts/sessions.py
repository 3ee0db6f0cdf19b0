"""Signing people out from afar, and the log of sign-ins."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings

from crm.accounts.models import Outcome, SignIn

if TYPE_CHECKING:
    from django.http import HttpRequest

    from crm.identity.models import User

#: The log is kept this long.
KEEP = timedelta(days=400)


def note_sign_in(
    request: HttpRequest, *, outcome: Outcome, at: datetime, ip: str, user: User | None = None, name: str = ""
) -> SignIn:
    """Write one line into the log of sign-ins."""
    key = ""
    if outcome == Outcome.SIGNED_IN:
        if request.session.session_key is None:
            request.session.save()
        key = request.session.session_key or ""
    return SignIn.objects.create(
        user=user,
        name=(name or (user.username if user else "")).replace("\x00", "")[:150],
        outcome=outcome,
        at=at,
        ip=as_address(ip),
        user_agent=request.headers.get("User-Agent", "")[:300],
        session_key=key,
    )


def follow_session(old_key: str | None, new_key: str | None) -> None:
    """Remember that a session goes on under another key, as it does when the password changes."""
    if old_key and new_key and old_key != new_key:
        SignIn.objects.filter(session_key=old_key).update(session_key=new_key)


def end_sessions(user: User, *, but: str | None = None) -> int:
    """Sign ``user`` out everywhere, except in the session ``but``; return how many ended."""
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore
    open_ones = SignIn.objects.filter(user=user).exclude(session_key="")
    if but:
        open_ones = open_ones.exclude(session_key=but)
    keys = list(open_ones.values_list("session_key", flat=True).distinct())
    for key in keys:
        store(key).delete()
    open_ones.update(session_key="")
    return len(keys)


def forget_sign_ins(now: datetime) -> int:
    """Delete lines older than ``KEEP``."""
    return SignIn.objects.filter(at__lt=now - KEEP).delete()[0]


def as_address(text: str) -> str | None:
    """Return ``text`` when it is an address; proxies sometimes send names."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
