"""Open sessions, signing people out from afar, and the log of sign-ins."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature
from django.utils import timezone
from django.utils.crypto import get_random_string

from crm.accounts import policy
from crm.accounts.models import Outcome, SignIn, UserSession

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

    from crm.identity.models import User

#: The log is kept this long.
KEEP = timedelta(days=400)
#: Where a session keeps its beginning, when it was last seen, and the number of its row.
MARK = "guard"
#: "Last seen" is written no oftener than this.
TOUCH_EVERY = timedelta(minutes=5)
DEVICE_COOKIE = "__Host-artel-device" if settings.SECURE else "artel-device"
DEVICE_SALT = "accounts.device"


def note_sign_in(
    request: HttpRequest,
    *,
    outcome: Outcome,
    at: datetime,
    ip: str,
    user: User | None = None,
    name: str = "",
    factor: str = "",
) -> SignIn:
    """Write one line into the log of sign-ins."""
    key, device_key = "", ""
    if outcome == Outcome.SIGNED_IN:
        if request.session.session_key is None:
            request.session.save()
        key = request.session.session_key or ""
        device_key = digest(device_of(request))
    return SignIn.objects.create(
        user=user,
        name=(name or (user.username if user else "")).replace("\x00", "")[:150],
        outcome=outcome,
        at=at,
        ip=as_address(ip),
        user_agent=request.headers.get("User-Agent", "")[:300],
        factor=factor,
        device_key=device_key,
        session_key=key,
    )


# Devices: a browser keeps a random mark, so that its next sign-in is no news.


def device_of(request: HttpRequest) -> str:
    """Return the mark of this browser; a new one is sent to it with the answer."""
    kept: str = getattr(request, "new_device", "")
    if kept:
        return kept
    try:
        return str(request.get_signed_cookie(DEVICE_COOKIE, salt=DEVICE_SALT))
    except (KeyError, BadSignature):
        request.new_device = get_random_string(22)  # type: ignore[attr-defined]
        return str(request.new_device)  # type: ignore[attr-defined]


def mark_device(request: HttpRequest, response: HttpResponse) -> None:
    """Give a browser that has just signed in its mark."""
    if mark := getattr(request, "new_device", ""):
        response.set_signed_cookie(
            DEVICE_COOKIE,
            mark,
            salt=DEVICE_SALT,
            max_age=int(KEEP.total_seconds()),
            secure=settings.SECURE,
            httponly=True,
            samesite="Lax",
        )


def is_new_device(sign_in: SignIn) -> bool:
    """Tell whether ``sign_in`` is the first from its browser, of somebody who has signed in before."""
    before = SignIn.objects.filter(user=sign_in.user, outcome=Outcome.SIGNED_IN).exclude(pk=sign_in.pk)
    return before.exists() and not before.filter(device_key=sign_in.device_key).exists()


# Sessions


def start_session(request: HttpRequest, user: Any, at: datetime) -> dict[str, Any]:
    """Remember that ``user`` is signed in here, from now on."""
    policy.load()
    if request.session.session_key is None:
        request.session.save()
    row, _made = UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "started_at": at,
            "last_seen_at": at,
            "ip": address_of(request),
            "user_agent": request.headers.get("User-Agent", "")[:300],
        },
    )
    mark = {"pk": row.pk, "began": at.timestamp(), "seen": at.timestamp()}
    request.session[MARK] = mark
    return mark


def on_logged_in(sender: Any, request: HttpRequest, user: Any, **_kwargs: Any) -> None:
    """Hear from Django that somebody has come in, by whatever door."""
    start_session(request, user, timezone.now())


def touch(request: HttpRequest, mark: dict[str, Any], at: datetime) -> None:
    """Note now and then that a session is in use."""
    if at.timestamp() - mark["seen"] < TOUCH_EVERY.total_seconds():
        return
    request.session[MARK] = {**mark, "seen": at.timestamp()}
    UserSession.objects.filter(pk=mark["pk"]).update(
        last_seen_at=at, ip=address_of(request), session_key=request.session.session_key
    )


def is_over(mark: dict[str, Any], rules: policy.Policy, at: datetime) -> bool:
    """Tell whether a session has been idle for too long, or is too old."""
    now = at.timestamp()
    idle, age = now - mark["seen"], now - mark["began"]
    return bool(idle > rules.idle.total_seconds() or age > rules.absolute.total_seconds())


def follow_session(old_key: str | None, new_key: str | None) -> None:
    """Remember that a session goes on under another key, as it does when the password changes."""
    if old_key and new_key and old_key != new_key:
        SignIn.objects.filter(session_key=old_key).update(session_key=new_key)
        UserSession.objects.filter(session_key=old_key).update(session_key=new_key)


def open_sessions(user: User) -> list[UserSession]:
    """Return where ``user`` is signed in, the latest seen first."""
    return list(UserSession.objects.filter(user=user).order_by("-last_seen_at")[:50])


def end_sessions(user: User, *, but: str | None = None) -> int:
    """Sign ``user`` out everywhere, except in the session ``but``; return how many ended."""
    noted = SignIn.objects.filter(user=user).exclude(session_key="")
    kept = UserSession.objects.filter(user=user)
    keys = {*noted.values_list("session_key", flat=True), *kept.values_list("session_key", flat=True)}
    return end_by_key(keys - {but or ""})


def end_by_key(keys: Iterable[str]) -> int:
    """End the sessions of these keys at once; return how many were asked for."""
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore
    wanted = list(keys)
    for key in wanted:
        store(key).delete()
    SignIn.objects.filter(session_key__in=wanted).update(session_key="")
    UserSession.objects.filter(session_key__in=wanted).delete()
    return len(wanted)


def forget_sign_ins(now: datetime) -> int:
    """Delete lines older than ``KEEP``, and sessions that nobody can come back to."""
    oldest = now - max(policy.load().absolute, policy.load().idle)
    UserSession.objects.filter(last_seen_at__lt=oldest).delete()
    return SignIn.objects.filter(at__lt=now - KEEP).delete()[0]


# Addresses


def address_of(request: HttpRequest) -> str | None:
    """Return where a request comes from, as the sign-in library reads it: past the proxy that we trust."""
    try:
        return as_address(get_adapter(request).get_client_ip(request))
    except PermissionDenied:  # there is none: a script signs in
        return None


def as_address(text: str) -> str | None:
    """Return ``text`` when it is an address; proxies sometimes send names."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def digest(mark: str) -> str:
    return hashlib.sha256(mark.encode()).hexdigest()
