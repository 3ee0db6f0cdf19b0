"""Quiet hours: when nobody is disturbed. What comes then waits in the bell, and letters until morning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm.identity.models import Organisation
from crm.lib.hours import TooFarError
from crm.timeline import worktime

if TYPE_CHECKING:
    from crm.identity.models import User

KEY = "quiet"
DAYS = 60


@dataclass(frozen=True, slots=True)
class Quiet:
    """From when to when by a person's own clock, and whether whole free days are quiet."""

    since: time | None = None
    until: time | None = None
    free_days: bool = False

    @property
    def is_on(self) -> bool:
        return self.free_days or (self.since is not None and self.until is not None)

    def covers(self, local: datetime) -> bool:
        """Tell whether a moment of the person's clock is quiet; hours may pass midnight."""
        if self.free_days and not worktime.default_hours().is_working_day(local.date()):
            return True
        if self.since is None or self.until is None or self.since == self.until:
            return False
        clock = local.time()
        if self.since < self.until:
            return self.since <= clock < self.until
        return clock >= self.since or clock < self.until


def quiet_of(user: User) -> Quiet:
    kept: dict[str, Any] = user.preferences.get(KEY) or {}
    return Quiet(read(kept.get("since")), read(kept.get("until")), bool(kept.get("free_days")))


def read(text: Any) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return None


def keep(*, user: User, quiet: Quiet) -> None:
    """Keep when somebody is not to be disturbed."""
    user.preferences[KEY] = {
        "since": f"{quiet.since:%H:%M}" if quiet.since else "",
        "until": f"{quiet.until:%H:%M}" if quiet.until else "",
        "free_days": quiet.free_days,
    }
    user.save(update_fields=["preferences"])


def zone_of(user: User) -> ZoneInfo:
    return ZoneInfo(user.time_zone or Organisation.load().time_zone)


def is_quiet(user: User, at: datetime) -> bool:
    """Tell whether somebody is not to be disturbed now."""
    quiet = quiet_of(user)
    return quiet.is_on and quiet.covers(at.astimezone(zone_of(user)))


def loud_again(user: User, at: datetime) -> datetime:
    """Return ``at`` itself, or when the quiet hours that it falls into are over."""
    quiet, zone = quiet_of(user), zone_of(user)
    if not quiet.is_on:
        return at
    local = at.astimezone(zone)
    for _turn in range(DAYS):
        if not quiet.covers(local):
            return local
        end = quiet.until if quiet.until is not None and local.time() < quiet.until else None
        day = local.date() if end is not None else local.date() + timedelta(days=1)
        local = datetime.combine(day, end or time(0), zone)
    raise TooFarError("It is never loud.")
