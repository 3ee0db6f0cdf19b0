"""Who may import what: nobody without the right, and with a narrow right only records of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contacts.models import Company
from crm.identity.models import Grant
from sales.models import Deal
from tests.factories.contacts import made_company
from tests.factories.identity import person, rights_changed
from tests.factories.sales import made_deal
from tests.importing.conftest import counts, reasons

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

HEADER = "name,company,amount\n"


@pytest.fixture
def importing_ann(ann: User) -> User:
    """Ann, whose role was given the import of her own deals."""
    role = ann.roles.get()
    Grant.objects.update_or_create(
        role=role, record_type="sales.deal", action="import", defaults={"scope": "own"}
    )
    rights_changed()
    return ann


def test_a_rep_may_not_import_until_somebody_allows_it(ann: User, client_for: Any) -> None:
    assert client_for(ann).get("/sales/deals/import/").status_code == 403


def test_a_rep_who_may_imports_deals_of_her_own(importing_ann: User, write: Any, run_import: Any) -> None:
    made_company(name="Acme", owner=importing_ann)

    job = run_import("deals", write(f"{HEADER}Licences,Acme,100\n"), actor=importing_ann)

    assert counts(job) == {"created": 1}
    assert Deal.objects.get().owner == importing_ann


def test_deals_for_a_colleague_are_refused(
    importing_ann: User, bob: User, write: Any, run_import: Any
) -> None:
    path = write(f"name,amount,owner\nMine,100,{importing_ann.username}\nHis,100,{bob.username}\n")

    job = run_import("deals", path, actor=importing_ann)

    assert counts(job) == {"created": 1, "error": 1}
    assert reasons(job) == {"owner": "You may import records of your own only."}


def test_a_hidden_deal_is_told_by_its_owner_only(
    importing_ann: User, bob: User, write: Any, run_import: Any
) -> None:
    made_deal(name="Secret plan", owner=bob)

    job = run_import("deals", write("name,amount\nSecret plan,1\n"), actor=importing_ann, match=["name"])

    assert counts(job) == {"error": 1}
    (row,) = job.result["rows"]
    (problem,) = row["problems"]
    assert problem["reason"] == f"Such a record is there already, but you may not see it. Ask {bob}."
    assert "title" not in row


def test_new_companies_of_a_narrow_import_belong_to_the_importer(
    importing_ann: User, write: Any, run_import: Any
) -> None:
    Grant.objects.filter(record_type="contacts.company", action="add").update(scope="own")
    rights_changed()

    run_import("deals", write(f"{HEADER}Licences,New Ltd,100\n"), actor=importing_ann)

    assert Company.objects.get(name="New Ltd").owner == importing_ann


def test_an_administrator_sees_the_jobs_of_others(
    ann: User, client_for: Callable[[User], Client], write: Any, run_import: Any
) -> None:
    boss = person("ada", role="administrator", full_name="Ada Admin")
    job = run_import("companies", write("name\nAcme\n"), actor=None)
    job.actor = ann
    job.save()

    page = client_for(boss).get("/jobs/")

    assert job.caption in page.content.decode()
    assert client_for(boss).get(f"/import/{job.params['token']}/jobs/{job.pk}/").status_code == 200
