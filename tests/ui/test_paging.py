"""Pages of a list are complete, in order, and the same whichever way one turns."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db.models import F, Q
from django.utils import timezone

from contacts.models import Company
from crm.ui import paging
from crm.ui.paging import ListQuery, Order, Turn
from tests.factories.contacts import CompanyFactory

if TYPE_CHECKING:
    from crm.ui.paging import Page

pytestmark = pytest.mark.django_db
SIZE = 4


@pytest.fixture
def companies() -> list[Company]:
    """Eleven companies: sizes repeat, two have none; made at three moments."""
    now = timezone.now()
    sizes = [5, 5, 5, 5, 5, 9, 9, 1, None, None, 7]
    return [
        CompanyFactory(employees=size, created_at=now - timedelta(days=number % 3))
        for number, size in enumerate(sizes)
    ]


@pytest.fixture(params=["put aside", "walked"])
def large(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both ways of paging: a small list is put aside, a large one walks its index."""
    if request.param == "walked":
        monkeypatch.setattr(paging, "CAP", 3)
    return request.param == "walked"


def order(name: str, *, descending: bool) -> Order:
    return Order(Company, Company._meta.get_field(name), descending)  # type: ignore[arg-type]


def expected(wanted: Order) -> list[int]:
    by = F(wanted.name).desc(nulls_last=True) if wanted.descending else F(wanted.name).asc(nulls_last=True)
    tie = "-pk" if wanted.descending else "pk"
    return list(Company.objects.order_by(by, tie).values_list("pk", flat=True))


def forwards(query: ListQuery) -> list[int]:
    found: list[int] = []
    page = query.page(Turn(), SIZE)
    while True:
        found += page.ids
        if not page.has_next:
            return found
        page = query.page(Turn(after=query.order.read(page.last)), SIZE)


def backwards(query: ListQuery) -> list[Page]:
    pages = [query.page(Turn(last=True), SIZE)]
    while pages[-1].has_previous:
        pages.append(query.page(Turn(before=query.order.read(pages[-1].first)), SIZE))
    return pages


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ["employees", "created_at", "sort_name"])
def test_going_on_shows_every_row_once(companies: Any, large: bool, name: str, descending: bool) -> None:
    query = ListQuery(Company.objects.all(), order(name, descending=descending))

    assert forwards(query) == expected(query.order)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ["employees", "created_at"])
def test_the_last_page_is_the_end_and_leads_back(
    companies: Any, large: bool, name: str, descending: bool
) -> None:
    query = ListQuery(Company.objects.all(), order(name, descending=descending))

    pages = backwards(query)

    assert pages[0].ids == expected(query.order)[-SIZE:]
    assert not pages[0].has_next
    assert {pk for page in pages for pk in page.ids} == set(expected(query.order))
    assert pages[-1].ids == expected(query.order)[:SIZE]


def test_a_page_tells_where_it_stands(companies: Any) -> None:
    query = ListQuery(Company.objects.all(), order("employees", descending=True))

    first = query.page(Turn(), SIZE)
    second = query.page(Turn(after=query.order.read(first.last)), SIZE)
    last = query.page(Turn(last=True), SIZE)

    assert (first.total, first.start, first.end) == (11, 1, 4)
    assert (second.start, second.end) == (5, 8)
    assert (last.start, last.end) == (8, 11)


def test_a_large_list_tells_about_how_many(companies: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "CAP", 3)
    query = ListQuery(Company.objects.all(), order("created_at", descending=True))

    page = query.page(Turn(), SIZE)

    assert page.is_estimate
    assert page.total > 3


def test_a_large_list_refuses_a_sort_without_an_index(
    companies: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "CAP", 3)
    query = ListQuery(Company.objects.all(), order("legal_name", descending=False))

    page = query.page(Turn(), SIZE)

    assert page.refused == ["sort"]
    assert len(page.ids) == SIZE
    assert len(set(forwards(query))) == 11


def test_a_slow_filter_narrows_a_small_list_only(companies: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    small = ListQuery(Company.objects.all(), order("created_at", descending=True), slow=Q(employees=5))

    assert small.page(Turn(), 50).total == 5

    monkeypatch.setattr(paging, "CAP", 3)
    large = ListQuery(Company.objects.all(), order("created_at", descending=True), slow=Q(employees=5))
    assert large.page(Turn(), 50).refused == ["filter"]


def test_a_slow_filter_that_leaves_little_of_a_large_list_is_refused_too(
    companies: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Company.objects.first()
    monkeypatch.setattr(paging, "CAP", 3)

    query = ListQuery(Company.objects.all(), order("created_at", descending=True), slow=Q(pk=one.pk))

    assert query.page(Turn(), 50).refused == ["filter"]


def test_nothing_to_see_is_an_empty_page() -> None:
    query = ListQuery(Company.objects.filter(pk__in=[]), order("created_at", descending=True))

    page = query.page(Turn(), SIZE)

    assert (page.ids, page.total) == ([], 0)


@pytest.mark.parametrize("text", ["", "x", "12.not-a-date", "99999999999999999999", "5.2026-13-45"])
def test_a_place_that_makes_no_sense_does_no_harm(companies: Any, text: str) -> None:
    query = ListQuery(Company.objects.all(), order("created_at", descending=True))

    page = query.page(Turn(after=query.order.read(text)), SIZE)

    assert page.total == 11
