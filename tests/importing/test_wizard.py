"""The import pages: from a file to records and back, as a person walks through them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contacts.models import Company
from crm.identity.models import FieldRule
from crm.records import jobs
from crm.records.models import ImportFile, ImportMapping, Job
from sales.models import Deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

COMPANIES = "Company;Sector;Employees\nAcme;Tools;12\nInitech;Software;x\n"


@pytest.fixture
def client(root: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(root)


def bring(client: Client, text: str, slug: str = "companies", name: str = "list.csv") -> ImportFile:
    """Upload a file and return it as kept."""
    file = SimpleUploadedFile(name, text.encode())
    response = client.post(f"/import/new/{slug}/", {"file": file})
    assert response.status_code == 302, response.content.decode()
    kept: ImportFile = ImportFile.objects.latest("pk")
    assert response.headers["Location"] == f"/import/{kept.token}/"
    return kept


def form_of(html: str) -> dict[str, Any]:
    """The mapping form as a browser would send it back untouched."""
    form = html[html.index('id="mapping-form"') :]
    data: dict[str, Any] = {}
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)"[^>]* selected', options)
        data[name] = chosen[0] if chosen else ""
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        is_box = 'type="checkbox"' in tag or 'type="radio"' in tag
        if name and (not is_box or " checked" in tag):
            data.setdefault(name[1], []).append(value[1] if value else "on")
    return data


def page_text(client: Client, url: str) -> str:
    """The text that a page shows."""
    response = client.get(url)
    assert response.status_code == 200
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(text.split())


def test_a_file_is_mapped_checked_imported_and_undone(client: Client):
    kept = bring(client, COMPANIES)
    html = client.get(f"/import/{kept.token}/").content.decode()
    assert "Acme" in html
    assert "1 cell does not fit." in html

    response = client.post(f"/import/{kept.token}/", form_of(html))
    check = Job.objects.get(kind="import_check")
    assert response.headers["Location"] == f"/import/{kept.token}/jobs/{check.pk}/"
    jobs.run(check.pk)
    shown = page_text(client, f"/import/{kept.token}/jobs/{check.pk}/")
    assert "1 would be created" in shown
    assert "“x” is not a number." in shown
    assert not Company.objects.exists()

    client.post(f"/import/{kept.token}/jobs/{check.pk}/run/")
    job = Job.objects.get(kind="import")
    jobs.run(job.pk)
    shown = page_text(client, f"/import/{kept.token}/jobs/{job.pk}/")
    assert "1 created" in shown
    assert Company.objects.get().employees == 12
    failed = client.get(f"/import/{kept.token}/jobs/{job.pk}/failed/")
    assert b"Initech;" not in b"".join(failed.streaming_content)  # type: ignore[arg-type]

    assert "Companies 1 0 0" in page_text(client, f"/import/{kept.token}/jobs/{job.pk}/undo/")
    client.post(f"/import/{kept.token}/jobs/{job.pk}/undo/")
    jobs.run(Job.objects.get(kind="undo").pk)
    shown = page_text(client, f"/import/{kept.token}/jobs/{job.pk}/")
    assert "This import was undone." in shown
    assert not Company.objects.exists()


def test_a_column_can_be_sent_elsewhere(client: Client):
    kept = bring(client, COMPANIES)
    data = form_of(client.get(f"/import/{kept.token}/").content.decode())

    client.post(f"/import/{kept.token}/", {**data, "col-2-field": "description"})

    job = Job.objects.get()
    assert job.params["plan"]["columns"]["Employees"]["field"] == "description"


def test_dates_that_can_be_read_in_two_ways_must_be_decided(client: Client):
    kept = bring(client, "Deal,Close date\nOne,03/04/2025\n", "deals")
    html = client.get(f"/import/{kept.token}/").content.decode()
    assert "All dates of this column can be read in two ways." in html

    undecided = client.post(f"/import/{kept.token}/", form_of(html))
    decided = client.post(f"/import/{kept.token}/", {**form_of(html), "col-1-date": "dmy"})

    assert undecided.status_code == 422
    assert "Say how the dates of “Close date” are written" in undecided.content.decode()
    assert decided.status_code == 302
    assert Job.objects.get().params["plan"]["columns"]["Close date"]["date"] == "dmy"


def test_a_mangled_file_is_shown_repaired_and_can_be_read_as_it_stands(client: Client):
    kept = bring(client, '"name;""city"""\n"Acme;""Oslo"""\n"Initech;""Rome"""\n')
    assert "is read repaired" in page_text(client, f"/import/{kept.token}/")
    assert kept.header == ["name", "city"]

    client.post(f"/import/{kept.token}/shape/", {"repair": "no"})

    kept.refresh_from_db()
    assert kept.header == ['name;"city"']
    assert "Read it repaired" in page_text(client, f"/import/{kept.token}/")


def test_a_saved_mapping_serves_the_next_file_of_the_same_header(client: Client):
    kept = bring(client, COMPANIES)
    data = form_of(client.get(f"/import/{kept.token}/").content.decode())
    client.post(f"/import/{kept.token}/", {**data, "col-1-field": "", "save_name": "Monthly list"})
    assert ImportMapping.objects.get().name == "Monthly list"

    again = bring(client, COMPANIES)
    data = form_of(client.get(f"/import/{again.token}/").content.decode())

    assert (data["col-0-field"], data["col-1-field"]) == ("name", "")


def test_what_is_no_table_is_refused_on_the_page(client: Client):
    response = client.post(
        "/import/new/companies/", {"file": SimpleUploadedFile("x.pdf", b"%PDF-1.7\x00\x01\x02" * 50)}
    )

    assert response.status_code == 422
    assert "This is not a table." in response.content.decode()
    assert not ImportFile.objects.exists()


def test_only_who_may_import_sees_the_pages(
    client: Client, ann: User, eve: User, client_for: Callable[[User], Client]
):
    kept = bring(client, COMPANIES)

    assert client_for(eve).get("/import/").status_code == 403
    assert client_for(eve).get("/import/new/companies/").status_code == 403
    assert client_for(ann).get(f"/import/{kept.token}/").status_code == 404
    assert client_for(ann).get("/import/new/users/").status_code == 403


def test_the_list_leads_to_its_import(client: Client):
    assert client.get("/contacts/companies/import/").status_code == 200
    assert client.get("/sales/deals/import/").status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_rows(
    client: Client, django_assert_max_num_queries: Any
):
    kept = bring(client, "Deal,Account\n" + "".join(f"Deal {n},Company {n}\n" for n in range(200)), "deals")

    with django_assert_max_num_queries(40):
        client.get(f"/import/{kept.token}/")


def test_a_check_of_a_file_without_new_rows_says_so(client: Client):
    kept = bring(client, "Deal,Amount\nOne,abc\n", "deals")
    data = form_of(client.get(f"/import/{kept.token}/").content.decode())
    client.post(f"/import/{kept.token}/", {**data, "col-1-field": "amount"})
    check = Job.objects.get()
    jobs.run(check.pk)

    assert "There is nothing to import" in page_text(client, f"/import/{kept.token}/jobs/{check.pk}/")
    assert not Deal.objects.exists()


def test_a_field_that_a_person_may_not_write_is_not_offered(boss: User, client_for: Callable[[User], Client]):
    FieldRule.objects.create(
        role=boss.roles.get(), record_type="contacts.company", field="employees", level="read_only"
    )
    client = client_for(boss)

    kept = bring(client, COMPANIES)

    html = client.get(f"/import/{kept.token}/").content.decode()
    assert form_of(html)["col-2-field"] == ""
    assert 'value="employees"' not in html


def test_the_help_about_values_names_a_column_of_the_file(client: Client):
    kept = bring(client, "Firm,Town\nAcme,Riga\n")

    text = page_text(client, f"/import/{kept.token}/")

    assert "{Firm}" in text
    assert "{column}" not in text
