"""Work calendars: which hours count, holidays from files, versions, and the place in the admin."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from crm.identity.models import Organisation
from crm.lib.hours import NoHoursError
from crm.records.models import Event
from crm.timeline import worktime
from crm.timeline.models import CalendarException, CalendarInterval, WorkCalendar
from crm.timeline.services import worktime as services

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OFFICE = (((540, 1080),),) * 5 + ((), ())
HOLIDAYS = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//test//EN\r
BEGIN:VEVENT\r
UID:new-year@example.com\r
SUMMARY:New Year\r
DTSTART;VALUE=DATE:20200101\r
DTEND;VALUE=DATE:20200103\r
RRULE:FREQ=YEARLY\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:once@example.com\r
SUMMARY:Unity Day\r
DTSTART;VALUE=DATE:20271104\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:party@example.com\r
SUMMARY:Party\r
DTSTART:20271104T180000Z\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:off@example.com\r
SUMMARY:Off\r
STATUS:CANCELLED\r
DTSTART;VALUE=DATE:20271105\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
def desk(db: None) -> WorkCalendar:
    """The calendar of a help desk in Moscow."""
    return services.make_calendar(name="Desk", time_zone="Europe/Moscow", week=OFFICE, actor=None, at=NOW)


def test_a_new_installation_works_as_its_company_profile_says(db: None) -> None:
    usual = WorkCalendar.objects.get(is_default=True)

    hours = worktime.default_hours()

    assert usual.follows_company
    assert hours.week == (((540, 1080),),) * 5 + ((), ())


def test_the_usual_calendar_follows_the_company_and_tells_of_it(db: None) -> None:
    Organisation.load()
    Organisation.objects.update(time_zone="Europe/Moscow", work_ends="17:00", working_days=[1, 2, 3, 4, 6])

    services.follow_company(at=NOW)

    hours = worktime.default_hours()
    assert (hours.zone.key, hours.week[4], hours.week[5]) == ("Europe/Moscow", (), ((540, 1020),))
    assert hours.version == 2
    assert Event.objects.get(name=services.HOURS_CHANGED).data["version"] == 2


def test_what_was_counted_by_an_old_version_can_still_be_explained(desk: WorkCalendar) -> None:
    CalendarException.objects.create(calendar=desk, day=date(2026, 11, 25))

    version = services.settle(calendar=desk, actor=None, at=NOW)

    assert version == 2
    assert not worktime.hours_of(desk).is_working_day(date(2026, 11, 25))
    assert worktime.hours_of(desk, version=1).is_working_day(date(2026, 11, 25))
    assert services.settle(calendar=desk, actor=None, at=NOW) == 2


def test_a_calendar_without_hours_is_refused(db: None) -> None:
    with pytest.raises(NoHoursError), transaction.atomic():
        services.make_calendar(name="Never", time_zone="UTC", week=((),) * 7, actor=None, at=NOW)

    assert not WorkCalendar.objects.filter(name="Never").exists()


def test_the_database_keeps_hours_of_a_day_apart(desk: WorkCalendar) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarInterval.objects.create(calendar=desk, weekday=1, opens=600, closes=660)

    CalendarInterval.objects.create(calendar=desk, weekday=1, opens=1080, closes=1440)


def test_holidays_come_from_a_file(desk: WorkCalendar) -> None:
    CalendarException.objects.create(calendar=desk, day=date(2027, 1, 2), kind="special", hours="10:00-12:00")

    result = services.import_holidays(calendar=desk, text=HOLIDAYS, source="ru.ics", actor=None, at=NOW)

    hours = worktime.hours_of(desk)
    assert [hours.is_working_day(date(year, 1, 1)) for year in (2026, 2027, 2031)] == [False] * 3
    assert hours.spans_on(date(2027, 1, 2)) == ((600, 720),)
    assert not hours.is_working_day(date(2027, 11, 4))
    assert hours.is_working_day(date(2027, 11, 5))
    assert result.kept == 1
    assert [line.split(":")[0] for line in result.skipped] == ["Party"]


def test_a_newer_file_brings_holidays_up_to_date(desk: WorkCalendar) -> None:
    services.import_holidays(calendar=desk, text=HOLIDAYS, source="ru.ics", actor=None, at=NOW)
    CalendarException.objects.create(calendar=desk, day=date(2027, 5, 3), name="By hand")
    newer = HOLIDAYS.replace(b"20271104\r", b"20271103\r")

    result = services.import_holidays(calendar=desk, text=newer, source="ru.ics", actor=None, at=NOW)

    days = set(desk.exceptions.values_list("day", flat=True))
    assert (result.added, result.removed) == (1, 1)
    assert date(2027, 11, 3) in days
    assert date(2027, 11, 4) not in days
    assert date(2027, 5, 3) in days


def admin_form(desk: WorkCalendar, **changes: object) -> dict[str, object]:
    rows = list(desk.intervals.order_by("weekday"))
    data: dict[str, object] = {
        "name": desk.name,
        "time_zone": desk.time_zone,
        "intervals-TOTAL_FORMS": len(rows),
        "intervals-INITIAL_FORMS": len(rows),
        "exceptions-TOTAL_FORMS": 0,
        "exceptions-INITIAL_FORMS": 0,
    }
    for place, row in enumerate(rows):
        data |= {
            f"intervals-{place}-id": row.pk,
            f"intervals-{place}-calendar": desk.pk,
            f"intervals-{place}-weekday": row.weekday,
            f"intervals-{place}-opens": "09:00",
            f"intervals-{place}-closes": "18:00",
        }
    return data | changes


def test_an_administrator_changes_hours_to_the_end_of_the_day(desk, root, client_for) -> None:
    client = client_for(root)
    address = reverse("admin:timeline_workcalendar_change", args=[desk.pk])

    shown = client.get(address).content.decode()
    client.post(address, admin_form(desk, **{"intervals-4-closes": "24:00"}))

    assert 'value="18:00"' in shown
    assert worktime.hours_of(desk).week[4] == ((540, 1440),)
    assert worktime.hours_of(desk).version == 2


def test_an_administrator_takes_holidays_from_a_file(desk, root, client_for) -> None:
    client = client_for(root)
    address = reverse("admin:timeline_workcalendar_change", args=[desk.pk])
    file = SimpleUploadedFile("ru.ics", HOLIDAYS)

    answer = client.post(address, admin_form(desk, holidays=file), follow=True)

    assert "added" in answer.content.decode()
    assert desk.exceptions.filter(source="ru.ics", day=date(2027, 1, 1)).exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"intervals-0-closes": "25:00"},
        {"intervals-0-opens": "18:00"},
        {"intervals-1-weekday": "1"},
        {f"intervals-{place}-DELETE": "on" for place in range(5)},
    ],
)
def test_the_admin_refuses_hours_that_make_no_sense(desk, root, client_for, changes) -> None:
    address = reverse("admin:timeline_workcalendar_change", args=[desk.pk])

    answer = client_for(root).post(address, admin_form(desk, **changes))

    assert answer.status_code == 200
    assert "errornote" in answer.content.decode() or "errorlist" in answer.content.decode()
    assert worktime.hours_of(desk).version == 1
