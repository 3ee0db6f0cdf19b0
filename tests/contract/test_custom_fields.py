"""Every kind of custom field through every door: a new kind is covered the moment it is registered."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.models import Company
from crm.accounts.tokens import issue_token
from crm.identity.access import changed
from crm.identity.models import FieldRule, Role
from crm.records import search
from crm.records.customfields import known
from crm.records.customfields.kinds import kinds
from crm.records.fields import Kind
from crm.records.models import Event, JournalEntry
from crm.records.registry import service_for, type_of
from crm.ui.declaration import views_of
from tests.contract.htmlforms import form_with
from tests.factories.contacts import made_company, made_person
from tests.factories.customfields import SAMPLES, Sample, made_field
from tests.importing.conftest import _own_folder, run_import, write  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crm.identity.models import User
    from crm.records.customfields.field import Made

pytestmark = pytest.mark.django_db
LIST = "/contacts/companies/"
HTMX = {"HX-Request": "true"}
KINDS = sorted(key for key in kinds() if key != "file")


@pytest.fixture
def cast(ann: User, boss: User) -> dict[str, str]:
    """The records that references of the samples mean."""
    return {
        "user": str(ann.pk),
        "other_user": str(boss.pk),
        "person": str(made_person(actor=boss, name="Peter Referrer").pk),
        "company": str(made_company(actor=boss, name="Supplier Ltd").pk),
    }


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def one(kind: str) -> Made:
    """A field of the kind on companies, with all that the kind offers switched on."""
    may = kinds()[kind].may
    row = made_field(
        Company, kind, is_sortable="sort" in may, is_searchable="search" in may, on_card="card" in may
    )
    return known.made_of(Company)[row.name]


@pytest.fixture
def sample(kind: str, cast: dict[str, str]) -> Sample:
    raw = SAMPLES[kind]

    def real(value: Any) -> Any:
        return value.format(**cast) if isinstance(value, str) and value.startswith("{") else value

    kept = real(raw.kept)
    kept = int(kept) if kept != raw.kept else kept
    return Sample(real(raw.typed), kept, raw.shown, real(raw.asked), real(raw.other), raw.in_file)


@pytest.fixture
def client(boss: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(boss)


def holder(one: Made, sample: Sample, boss: User, name: str = "Whale Watching") -> Company:
    return made_company(actor=boss, name=name, **{one.name: sample.kept})


def body(response: Any) -> str:
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode("utf-8", "replace")


def held(company: Company) -> Any:
    return next(iter(Company.objects.get(pk=company.pk).custom.values()), None)


def test_every_kind_has_a_sample() -> None:
    assert set(SAMPLES) == set(KINDS)


def test_the_form_makes_a_record_with_it(one: Made, sample: Sample, client: Client) -> None:
    client.post(f"{LIST}new/", {"name": "Fresh", "kind": "prospect", one.name: sample.typed})

    assert held(Company.objects.get(name="Fresh")) == sample.kept


def test_the_form_shows_and_changes_it(one: Made, sample: Sample, client: Client, boss: User) -> None:
    company = holder(one, sample, boss)

    page = body(client.get(f"{LIST}{company.pk}/edit/"))
    client.post(f"{LIST}{company.pk}/edit/", {"name": "Whale", "kind": "prospect", one.name: sample.other})

    assert f'name="{one.name}"' in page
    assert held(company) == (one.keep(sample.other) if sample.other else None)


def test_saving_the_form_untouched_changes_nothing(
    one: Made, sample: Sample, client: Client, boss: User
) -> None:
    company = holder(one, sample, boss)
    url = f"{LIST}{company.pk}/edit/"

    client.post(url, form_with(client.get(url), "seen_version"))

    assert Company.objects.get(pk=company.pk).version == company.version


def test_the_page_shows_it(one: Made, sample: Sample, client: Client, boss: User) -> None:
    company = holder(one, sample, boss)

    page = body(client.get(f"{LIST}{company.pk}/"))

    assert str(one.label) in page
    assert sample.shown in page.split('id="record-custom"')[1]


def test_it_is_edited_in_place(one: Made, sample: Sample, client: Client, boss: User) -> None:
    company = made_company(actor=boss, name="Blank")
    url = f"{LIST}{company.pk}/cell/{one.name}/"

    editor = body(client.get(url, headers=HTMX))
    answer = client.post(url, {one.name: sample.typed}, headers=HTMX)

    assert f'name="{one.name}"' in editor
    assert answer.status_code == 200
    assert held(company) == sample.kept


def test_the_list_shows_it_as_a_column(one: Made, sample: Sample, client: Client, boss: User) -> None:
    holder(one, sample, boss)

    page = body(client.get(LIST, {"cols": f"name,{one.name}"}))

    assert sample.shown in page
    assert str(one.label) in page


def test_the_list_is_filtered_by_it(one: Made, sample: Sample, client: Client, boss: User) -> None:
    holder(one, sample, boss)
    made_company(actor=boss, name="Elsewhere")

    page = body(client.get(LIST, {one.name: sample.asked}))

    assert "Whale Watching" in page
    assert "Elsewhere" not in page


def test_the_filter_says_what_it_asks(one: Made, sample: Sample, client: Client) -> None:
    page = body(client.get(LIST, {one.name: sample.asked}))
    panel = body(client.get(LIST, {one.name: sample.asked, "panel": "filters"}, headers=HTMX))

    assert str(one.label) in page
    assert f'name="{one.name}' in panel


def test_the_list_is_sorted_by_it_where_it_may(one: Made, sample: Sample, client: Client, boss: User) -> None:
    holder(one, sample, boss, "Has it")
    made_company(actor=boss, name="Lacks it")

    up = body(client.get(LIST, {"sort": one.name, "cols": f"name,{one.name}"}))
    down = body(client.get(LIST, {"sort": f"-{one.name}", "cols": f"name,{one.name}"}))

    column = views_of(Company).table(user=boss).column(one.name)
    assert column is not None
    assert (column.sort_field is not None) is ("sort" in one.of.may)
    if column.sort_field is not None:
        assert all(page.index("Has it") < page.index("Lacks it") for page in (up, down))


def test_many_are_changed_at_once_and_undone(one: Made, sample: Sample, client: Client, boss: User) -> None:
    if not one.bulk:
        pytest.skip("long texts are not set for many")
    companies = [made_company(actor=boss, name=f"Company {number}") for number in range(2)]

    client.post(
        f"{LIST}bulk/",
        {
            "act": "edit",
            "ids": [one.pk for one in companies],
            "field": one.name,
            "value": sample.typed,
            "do": "1",
        },
    )
    after = [held(company) for company in companies]
    job = JournalEntry.objects.latest("pk").job
    client.post(f"/jobs/{job.pk}/undo/")

    assert after == [sample.kept] * 2
    assert [held(company) for company in companies] == [None, None]


def test_a_file_brings_it_by_its_label(
    one: Made,
    sample: Sample,
    boss: User,
    run_import: Callable[..., Any],  # noqa: F811
    write: Callable[..., Path],  # noqa: F811
) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["Name", str(one.label)], ["From a file", sample.cell]])

    job = run_import("companies", write(text.getvalue()), actor=boss, columns={str(one.label): one.name})

    assert job.state == "done", job.error
    assert held(Company.objects.get(name="From a file")) == sample.kept


def test_the_export_holds_it(one: Made, sample: Sample, client: Client, boss: User) -> None:
    holder(one, sample, boss)

    text = body(client.get(f"{LIST}export/", {"format": "csv", "cols": f"name,{one.name}"}))

    rows = dict(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert rows["Name"] == str(one.label)
    assert rows["Whale Watching"]


def test_rest_writes_reads_filters_and_describes_it(one: Made, sample: Sample, root: User) -> None:
    _token, key = issue_token(user=root, name="t", scopes=["read", "write"], at=timezone.now(), actor=root)
    api = Client(headers={"Authorization": f"Bearer {key}"})
    data = {"name": "By REST", one.name: sample.typed}

    made = api.post("/api/v1/companies/", data, content_type="application/json")
    found = api.get("/api/v1/companies/", {one.name: sample.asked}).json()["results"]
    wrong = api.get("/api/v1/companies/", {"cf_nothing": "1"})
    schema = api.get("/api/v1/schema/?format=json").json()

    assert made.status_code == 201, made.content
    assert made.json()[one.name] == sample.kept
    assert [row["name"] for row in found] == ["By REST"]
    assert wrong.status_code == 400
    assert one.name in schema["components"]["schemas"]["Company"]["properties"]
    parameters = schema["paths"]["/api/v1/companies/"]["get"]["parameters"]
    assert one.name in {parameter["name"] for parameter in parameters}


def test_rest_empties_it_with_null(one: Made, sample: Sample, root: User, boss: User) -> None:
    company = holder(one, sample, boss)
    _token, key = issue_token(user=root, name="t", scopes=["read", "write"], at=timezone.now(), actor=root)
    api = Client(headers={"Authorization": f"Bearer {key}"})

    answer = api.patch(f"/api/v1/companies/{company.pk}/", {one.name: None}, content_type="application/json")

    assert answer.status_code == 200, answer.content
    assert answer.json()[one.name] is None
    assert held(company) is None


def test_rest_refuses_nonsense(one: Made, root: User) -> None:
    if one.kind in (Kind.TEXT, Kind.LONG_TEXT):
        pytest.skip("any words are a text")
    _token, key = issue_token(user=root, name="t", scopes=["read", "write"], at=timezone.now(), actor=root)
    api = Client(headers={"Authorization": f"Bearer {key}"})

    answer = api.post(
        "/api/v1/companies/", {"name": "Bad", one.name: "no such thing"}, content_type="application/json"
    )

    assert answer.status_code == 400
    assert one.name in answer.json()["errors"]


def test_the_search_finds_it_where_it_may(one: Made, sample: Sample, boss: User) -> None:
    company = holder(one, sample, boss, "Unnamed")
    text = {"phone": "1234567", "choice": "Серебро", "multi_choice": "bronze"}.get(one.of.key, "whale")

    hits = [hit.ref.id for hit in search.find(boss, text, types=[type_of(Company)])]

    assert (company.pk in hits) is ("search" in one.of.may)


def test_the_event_tells_old_and_new_and_is_undone(
    one: Made, sample: Sample, client: Client, boss: User
) -> None:
    company = holder(one, sample, boss)
    service_for(Company).update([company], {one.name: None}, actor=boss, at=timezone.now())
    event = Event.objects.latest("pk")
    told = event.data["changes"][one.name]

    history = body(client.get(f"{LIST}{company.pk}/history/", headers=HTMX))
    client.post(f"/undo/{event.pk}/", headers=HTMX)

    assert (told["old"], told["new"]) == (sample.kept, None)
    assert str(one.label) in history
    assert held(company) == sample.kept


def test_who_may_not_see_it_meets_it_nowhere(
    one: Made, sample: Sample, ann: User, client_for: Callable[[User], Client]
) -> None:
    role = Role.objects.get(key="sales_rep")
    FieldRule.objects.create(role=role, record_type="contacts.company", field=one.name, level="hidden")
    changed()
    company = made_company(actor=None, name="Hidden", owner=ann, **{one.name: sample.kept})
    client = client_for(ann)

    pages = [
        body(client.get(f"{LIST}{company.pk}/")).split('id="record-facts"')[1],
        body(client.get(f"{LIST}{company.pk}/edit/")),
        body(client.get(LIST, {"cols": f"name,{one.name}"})),
        body(client.get(LIST, {"panel": "filters"}, headers=HTMX)),
        body(client.get("/api/v1/companies/")),
    ]

    assert [page for page in pages if str(one.label) in page] == []
    assert [page for page in (pages[1], *pages[3:]) if one.name in page] == []
    assert client.get(f"{LIST}{company.pk}/cell/{one.name}/", headers=HTMX).status_code == 404
    assert client.get("/api/v1/companies/", {one.name: sample.asked}).status_code == 400


def test_the_preview_of_a_row_shows_what_belongs_on_cards(
    one: Made, sample: Sample, client: Client, boss: User
) -> None:
    company = holder(one, sample, boss)

    page = body(client.get(f"{LIST}{company.pk}/preview/", headers=HTMX))

    assert (str(one.label) in page) is ("card" in one.of.may)


def test_the_list_is_grouped_by_it_where_values_repeat(
    one: Made, sample: Sample, client: Client, boss: User
) -> None:
    holder(one, sample, boss)
    made_company(actor=boss, name="Elsewhere")
    key = f"{one.name}.year" if one.kind is Kind.DATE else one.name

    answer = client.get(LIST, {"group": key})
    rows = answer.context.get("group_rows")

    repeats = (Kind.DATE, Kind.CHOICE, Kind.CHOICES, Kind.YES_NO, Kind.REFERENCE, Kind.USER)
    assert (rows is not None) is (one.kind in repeats)
    if rows is not None:
        with_it = next(row for row in rows if row.raw != "none")
        assert "Whale Watching" in body(client.get(with_it.rows_url))
        assert "Elsewhere" not in body(client.get(with_it.url))
        assert "Elsewhere" in body(client.get(next(row.url for row in rows if row.raw == "none")))
