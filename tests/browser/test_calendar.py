"""A meeting is dragged in the calendar, and a stranger books a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from crm.timeline.models import Activity, Booking, BookingPage
from crm.timeline.services.meetings import Plan, Times, plan_meeting
from crm.timeline.setup import after_migrate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def ann(people: Callable[..., Any]) -> Any:
    after_migrate(None)  # type: ignore[arg-type]
    return people("ann", role="sales_rep", full_name="Ann North")


def test_a_meeting_is_dragged_and_put_back(visitor: Visitor, ann: Any) -> None:
    today = timezone.localdate()
    start = datetime(today.year, today.month, today.day, 10, tzinfo=UTC)
    plan = Plan("Kick-off", Times(start, start + timedelta(hours=1)))
    one = plan_meeting(plan=plan, actor=ann, at=timezone.now())[0]
    visitor.sign_in(ann).go("/calendar/?view=day")
    box = visitor.page.locator(".cal-meeting").first
    box.wait_for()

    place = box.bounding_box()
    assert place is not None
    mouse = visitor.page.mouse
    mouse.move(place["x"] + 40, place["y"] + 8)
    mouse.down()
    mouse.move(place["x"] + 40, place["y"] + 8 + place["height"], steps=12)
    mouse.up()
    visitor.sees("Moved.")
    moved = Activity.objects.get(pk=one.pk).due_at
    visitor.page.get_by_role("button", name="Undo").first.click()
    visitor.page.wait_for_timeout(1500)

    assert moved == start + timedelta(hours=1)
    assert Activity.objects.get(pk=one.pk).due_at == start


def test_a_stranger_books_a_time(visitor: Visitor, ann: Any) -> None:
    BookingPage.objects.create(slug="talk", title="First talk", notice_hours=0).hosts.add(ann)
    visitor.go("/b/talk/?tz=UTC")

    visitor.page.locator(".book-days a").first.click()
    visitor.page.fill("[name=name]", "Vera West")
    visitor.page.fill("[name=email]", "vera@example.com")
    visitor.page.get_by_role("button", name="Book").click()
    visitor.sees("Booked.")
    visitor.page.get_by_role("button", name="Call off").click()
    visitor.sees("called off")

    assert Booking.objects.get().cancelled_at is not None
