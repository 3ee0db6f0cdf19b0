"""Changing when the company works: its week, its holidays, and the versions that remain of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from crm.identity.models import Organisation
from crm.lib.hours import NoHoursError, text_of_spans
from crm.records import events
from crm.records.registry import Ref
from crm.timeline import worktime
from crm.timeline.holidays import Holiday, read_holidays
from crm.timeline.models import CalendarException, CalendarInterval, CalendarVersion, WorkCalendar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from crm.identity.models import User
    from crm.lib.hours import Spans

HOURS_CHANGED = "workcalendar.hours_changed"
#: Holidays that come back each year are written down from last year for so many years.
YEARS_AHEAD = 6


@transaction.atomic
def make_calendar(
    *,
    name: str,
    time_zone: str,
    week: Sequence[Spans],
    actor: User | None,
    at: datetime,
    special: Mapping[date, Spans] | None = None,
    is_default: bool = False,
) -> WorkCalendar:
    """Make a calendar of a week (Monday first) and the days that differ from it.

    Raises:
        NoHoursError: when nobody would ever work by it.
    """
    calendar = WorkCalendar.objects.create(name=name, time_zone=time_zone, is_default=is_default)
    set_week(calendar, week)
    CalendarException.objects.bulk_create(
        exception(calendar, day, spans) for day, spans in (special or {}).items()
    )
    settle(calendar=calendar, actor=actor, at=at)
    return calendar


def exception(calendar: WorkCalendar, day: date, spans: Spans) -> CalendarException:
    kind = CalendarException.Kind.SPECIAL if spans else CalendarException.Kind.CLOSED
    return CalendarException(calendar=calendar, day=day, kind=kind, hours=text_of_spans(spans))


def set_week(calendar: WorkCalendar, week: Sequence[Spans]) -> None:
    """Write the hours of a week down in place of those there were."""
    calendar.intervals.all().delete()
    CalendarInterval.objects.bulk_create(
        CalendarInterval(calendar=calendar, weekday=number, opens=opens, closes=closes)
        for number, spans in enumerate(week, start=1)
        for opens, closes in spans
    )


@transaction.atomic
def settle(*, calendar: WorkCalendar, actor: User | None, at: datetime, via: str = "page") -> int:
    """Take note of a change of a calendar: new hours make a new version. Return which one counts now.

    Raises:
        NoHoursError: when nobody would ever work by it.
    """
    calendar = WorkCalendar.objects.select_for_update().get(pk=calendar.pk)
    if calendar.follows_company:
        copy_company(calendar)
    if not calendar.intervals.exists():
        raise NoHoursError(calendar.name)
    definition = worktime.to_json(worktime.read_hours(calendar))
    latest = CalendarVersion.objects.filter(calendar=calendar).order_by("-version").first()
    if latest is not None and latest.definition == definition:
        return latest.version
    calendar.version = (latest.version if latest else 0) + 1
    calendar.save(update_fields=["version"])
    CalendarVersion.objects.create(
        calendar=calendar, version=calendar.version, definition=definition, created_at=at
    )
    if latest is not None:
        events.emit(
            HOURS_CHANGED,
            ref=Ref(0, calendar.pk),
            title=calendar.name,
            actor=actor,
            at=at,
            data={"calendar": calendar.pk, "version": calendar.version},
            via=via,
        )
    return calendar.version


def copy_company(calendar: WorkCalendar) -> None:
    """Give a calendar the zone and the week of the company profile."""
    hours = worktime.company_hours()
    calendar.time_zone = hours.zone.key
    calendar.save(update_fields=["time_zone"])
    rows = list(calendar.intervals.all())
    if not rows or worktime.hours_from(calendar, rows, ()).week != hours.week:
        set_week(calendar, hours.week)


def follow_company(*, at: datetime) -> None:
    """Take the company's new week over into the calendars that follow it."""
    for calendar in WorkCalendar.objects.filter(follows_company=True):
        settle(calendar=calendar, actor=None, at=at, via="system")


def ensure_default(*, at: datetime) -> None:
    """Make the usual calendar where there is none."""
    if WorkCalendar.objects.exists():
        return
    is_russian = Organisation.load().language == "ru"
    calendar = WorkCalendar.objects.create(
        name="Рабочее время" if is_russian else "Working hours", is_default=True, follows_company=True
    )
    settle(calendar=calendar, actor=None, at=at, via="system")


# Holidays from a file.


@dataclass(slots=True)
class HolidaysRead:
    """What came of a file of holidays."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    kept: int = 0
    #: What could not be taken over, and why.
    skipped: list[str] = field(default_factory=list)


@transaction.atomic
def import_holidays(
    *,
    calendar: WorkCalendar,
    text: bytes | str,
    source: str,
    actor: User | None,
    at: datetime,
    via: str = "admin",
) -> HolidaysRead:
    """Take the whole days of an iCalendar file over as holidays.

    The same source again brings its days up to date: new ones come, those no longer in it go. What
    people entered by hand stays as it is.

    Raises:
        ValueError: when it is no iCalendar file.
    """
    first = date(at.year - 1, 1, 1)
    found = read_holidays(text, first=first, last=date(first.year + YEARS_AHEAD, 12, 31))
    result = HolidaysRead(skipped=found.skipped)
    present = {one.day: one for one in calendar.exceptions.all()}
    wanted: dict[date, Holiday] = {}
    for holiday in found.days:
        wanted.setdefault(holiday.day, holiday)
    for day, holiday in wanted.items():
        put_holiday(calendar, holiday, present.get(day), source, result)
    gone = [
        one.pk for day, one in present.items() if one.source == source and day >= first and day not in wanted
    ]
    result.removed = calendar.exceptions.filter(pk__in=gone).delete()[0] if gone else 0
    settle(calendar=calendar, actor=actor, at=at, via=via)
    return result


def put_holiday(
    calendar: WorkCalendar,
    holiday: Holiday,
    known: CalendarException | None,
    source: str,
    result: HolidaysRead,
) -> None:
    """Write one holiday down; a day that somebody entered by hand is left as it is."""
    if known is not None and known.source != source:
        result.kept += 1
        return
    if known is not None and (known.name, known.uid) == (holiday.name, holiday.uid):
        return
    row = known or CalendarException(calendar=calendar, day=holiday.day, source=source)
    row.name, row.uid, row.kind, row.hours = holiday.name, holiday.uid, CalendarException.Kind.CLOSED, ""
    row.save()
    if known is None:
        result.added += 1
    else:
        result.changed += 1


def summary(result: HolidaysRead) -> str:
    """Say in words what came of a file."""
    return _(
        "Holidays: %(added)d added, %(changed)d changed, %(removed)d removed, %(kept)d left as entered."
    ) % {"added": result.added, "changed": result.changed, "removed": result.removed, "kept": result.kept}
