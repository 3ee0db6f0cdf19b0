"""Calls that come with a file: each row may hold a record and a call with it.

A file of a telephone campaign tells day, month and length of the call beside the person. Such
columns go into the fields of a part named "call", and become a logged call on the record.
"""

from __future__ import annotations

import hashlib
from calendar import isleap
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.models import Organisation, User
from crm.lib.tabular import parse_month
from crm.records.fields import Field, FieldError, Kind
from crm.records.importing.targets import Part, PartRow, Target, Writing, register_part
from crm.records.models import ExternalId
from crm.records.registry import service_for
from crm.timeline import recognising
from crm.timeline.linking import about_types, field_for
from crm.timeline.models import Activity, CallOutcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Under which outside ids a call of a file is known, so that the same file does not bring it twice.
SOURCE = "import:call"
#: Nobody knows the hour: noon is the same day in most zones.
NOON = time(12)


class MonthField(Field):
    """A month as a number or a name, English or Russian."""

    __slots__ = ()

    def parse(self, text: str, *, hints: Mapping[str, Any] | None = None) -> int:
        found = parse_month(text)
        if found is None:
            raise FieldError(_("“%(text)s” is no month.") % {"text": text[:40]})
        return found


FIELDS = (
    Field(
        "on", gettext_lazy("date of the call"), Kind.DATE, synonyms=("call date", "called on", "дата звонка")
    ),
    Field("day", gettext_lazy("day of the call"), Kind.INTEGER, synonyms=("day", "call day", "день")),
    MonthField(
        "month", gettext_lazy("month of the call"), Kind.TEXT, synonyms=("month", "call month", "месяц")
    ),
    Field(
        "year",
        gettext_lazy("year of the call"),
        Kind.INTEGER,
        synonyms=("call year", "год звонка"),
        help_text=gettext_lazy("Without it the last time that this day came round."),
    ),
    Field(
        "seconds",
        gettext_lazy("length of the call in seconds"),
        Kind.INTEGER,
        synonyms=("duration", "call duration", "duration seconds", "talk time", "длительность"),
    ),
    Field(
        "minutes",
        gettext_lazy("length of the call in minutes"),
        Kind.NUMBER,
        synonyms=("duration minutes", "длительность мин"),
    ),
    Field(
        "outcome",
        gettext_lazy("outcome of the call"),
        Kind.REFERENCE,
        to=CallOutcome,
        synonyms=("outcome", "call outcome", "call result", "y", "результат звонка"),
    ),
    Field(
        "direction",
        gettext_lazy("direction of the call"),
        Kind.CHOICE,
        choices=tuple(Activity.Direction.choices),
        synonyms=("call direction", "направление звонка"),
    ),
    Field("subject", gettext_lazy("subject of the call"), max_length=250, synonyms=("call subject",)),
    Field("body", gettext_lazy("notes of the call"), Kind.LONG_TEXT, synonyms=("call notes",)),
    Field(
        "owner", gettext_lazy("who called"), Kind.USER, to=User, synonyms=("caller", "called by", "звонил")
    ),
)
#: Fields that make a row a call; the others only describe it.
TELLING = frozenset({"on", "day", "month", "seconds", "minutes", "outcome"})


def register() -> None:
    """Offer calls beside every type that people call, and recognise activities of a file."""
    recognising.register()
    part = Part("call", gettext_lazy("Call"), FIELDS, write_calls, check_call, asks=ask)
    register_part(part, on=is_called)


def ask(used: set[str]) -> Mapping[str, str]:
    """Ask for what a file of calls leaves out of their dates."""
    if "on" in used or "month" not in used:
        return {}
    wanted = {"year": ""} if "year" not in used else {}
    return wanted if "day" in used else {"day": "1", **wanted}


def is_called(target: Target) -> bool:
    return str(target.model._meta.model_name) in about_types() and target.type_id != Activity.record_type.id


def check_call(values: Mapping[str, Any]) -> dict[str, str]:
    """Tell what is wrong with one row's call."""
    if not TELLING & set(values):
        return {}
    if bool(values.get("day")) != bool(values.get("month")):
        return {"day": _("A call needs both day and month, or a whole date.")}
    try:
        found = day_of(values, timezone.now().date())
    except ValueError:
        return {"day": _("There is no such day in that month.")}
    # Somewhere it is tomorrow already.
    if found and found > timezone.now().date() + timedelta(days=1):
        return {"on" if values.get("on") else "year": _("The call lies in the future.")}
    return {}


def day_of(values: Mapping[str, Any], today: date) -> date | None:
    """The day of a call; without a year the last time that day came round.

    Raises:
        ValueError: when there is no such day.
    """
    if values.get("on"):
        return values["on"]  # type: ignore[no-any-return]
    if not values.get("day") or not values.get("month"):
        return None
    day, month = int(values["day"]), int(values["month"])
    if values.get("year"):
        return date(int(values["year"]), month, day)
    date(2024, month, day)  # refuses 31 April, allows 29 February
    years = (year for year in range(today.year, today.year - 9, -1) if day < 29 or month != 2 or isleap(year))
    return next(found for year in years if (found := date(year, month, day)) < today)


def write_calls(rows: Sequence[PartRow], writing: Writing) -> list[bool]:
    """Log the calls that are not there yet; tell for each row whether it was new."""
    zone = ZoneInfo(Organisation.load().time_zone)
    keys = [key_of(row) if TELLING & set(row.values) else "" for row in rows]
    type_id = Activity.record_type.id
    known = set(
        ExternalId.objects.filter(source=SOURCE, type_id=type_id, value__in=keys).values_list(
            "value", flat=True
        )
    )
    fresh: list[bool] = []
    for key in keys:
        fresh.append(bool(key) and key not in known)
        known.add(key)
    wanted = [(key, row) for key, row, is_new in zip(keys, rows, fresh, strict=True) if is_new]
    drafts = service_for(Activity).create(
        [call_of(row, writing.at, zone) for _key, row in wanted],
        actor=writing.actor,
        at=writing.at,
        via="import",
        job=writing.job,
    )
    ExternalId.objects.bulk_create(
        ExternalId(source=SOURCE, value=key, type_id=type_id, record_id=draft.record.pk)
        for (key, _row), draft in zip(wanted, drafts, strict=True)
    )
    return fresh


def call_of(row: PartRow, at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The call as the service takes it."""
    values = dict(row.values)
    found: dict[str, Any] = {
        "kind": Activity.Kind.CALL,
        "done_at": moment_of(values, at, zone),
        "owner": values.get("owner") or row.record.owner_id,
        field_for(row.record): row.record.pk,
    }
    for name in ("seconds", "minutes", "outcome", "direction", "subject", "body"):
        if values.get(name) is not None:
            found[name] = values[name]
    return found


def moment_of(values: Mapping[str, Any], at: datetime, zone: ZoneInfo) -> datetime:
    """When the call was: at noon of its day, but not later than now."""
    day = day_of(values, at.astimezone(zone).date())
    return min(datetime.combine(day, NOON, zone), at) if day else at


def key_of(row: PartRow) -> str:
    """What makes a call the same call: with whom, and all that the file says of it."""
    told = "|".join(f"{name}={row.values[name]}" for name in sorted(row.values))
    digest = hashlib.sha256(told.encode()).hexdigest()[:32]
    return f"{row.record.record_type.id}:{row.record.pk}:{digest}"
