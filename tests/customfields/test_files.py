"""A file as the value of a custom field: uploaded in the form, kept on the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from contacts.models import Company
from crm.records import files
from crm.records.customfields import known
from crm.records.drafts import RecordErrors
from crm.records.registry import service_for
from tests.factories.contacts import made_company
from tests.factories.customfields import made_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User
    from crm.records.models import Attachment

pytestmark = pytest.mark.django_db
LIST = "/contacts/companies/"


@pytest.fixture(autouse=True)
def contract() -> None:
    made_field(Company, "file", key="contract", label="Contract", on_card=True)


def uploaded(user: User, name: str = "contract.txt", words: bytes = b"We agree.") -> Attachment:
    return files.stage(upload=SimpleUploadedFile(name, words), actor=user, at=timezone.now())


def body(response: Any) -> str:
    return str(response.content.decode())


def test_a_file_goes_up_under_the_name_of_its_field(boss: User, client_for: Callable[[User], Client]) -> None:
    upload = SimpleUploadedFile("contract.txt", b"We agree.")

    line = client_for(boss).post("/files/staged/?name=cf_contract", {"file": upload})

    assert line.status_code == 201
    assert 'name="cf_contract"' in body(line)


def test_the_form_puts_it_on_the_record(boss: User, client_for: Callable[[User], Client]) -> None:
    client, file = client_for(boss), uploaded(boss)

    client.post(f"{LIST}new/", {"name": "Acme", "kind": "prospect", "cf_contract": file.pk})

    company = Company.objects.get()
    file.refresh_from_db()
    assert company.custom == {"contract": file.pk}
    assert (file.record_id, file.field) == (company.pk, "cf_contract")
    page = body(client.get(f"{LIST}{company.pk}/")).split("record-custom")[1]
    assert f'href="/files/{file.pk}/"' in page
    assert "contract.txt" in body(client.get(LIST, {"cols": "name,cf_contract"}))
    assert "contract.txt" in body(client.get(f"{LIST}{company.pk}/edit/"))


def test_a_form_saved_untouched_keeps_it(boss: User, client_for: Callable[[User], Client]) -> None:
    file = uploaded(boss)
    company = made_company(actor=boss, cf_contract=file.pk)

    client_for(boss).post(
        f"{LIST}{company.pk}/edit/", {"name": "New", "kind": company.kind, "cf_contract": file.pk}
    )

    assert Company.objects.get().custom == {"contract": file.pk}


def test_another_file_takes_its_place_and_the_first_stays_on_the_record(boss: User) -> None:
    first, second = uploaded(boss), uploaded(boss, "second.txt", b"We agree again.")
    company = made_company(actor=boss, cf_contract=first.pk)

    service_for(Company).update([company], {"cf_contract": second.pk}, actor=boss, at=timezone.now())

    first.refresh_from_db()
    assert (first.record_id, first.field) == (company.pk, "")
    assert known.made_of(Company)["cf_contract"].value(Company.objects.get()) == second


def test_nobody_takes_the_file_of_another(ann: User, boss: User) -> None:
    theirs = uploaded(ann)
    other = made_company(actor=boss, name="Other", cf_contract=uploaded(boss).pk)

    for pk in (theirs.pk, other.custom["contract"], 999_999):
        with pytest.raises(RecordErrors) as refused:
            made_company(actor=boss, cf_contract=pk)
        assert list(refused.value.errors) == ["cf_contract"]


def test_it_is_taken_off(boss: User, client_for: Callable[[User], Client]) -> None:
    company = made_company(actor=boss, cf_contract=uploaded(boss).pk)
    data = {
        "name": "Acme",
        "kind": company.kind,
        "cf_contract": company.custom["contract"],
        "cf_contract-clear": "1",
    }

    client_for(boss).post(f"{LIST}{company.pk}/edit/", data)

    assert Company.objects.get().custom == {}
