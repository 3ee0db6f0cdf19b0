"""Companies: tax numbers, the group's tree, domains, bank accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from contacts import services
from contacts.models import Address, BankAccount, Company
from contacts.services import CompanyService
from crm.records.drafts import RecordErrors
from crm.records.fields import fields_of
from crm.records.models import Search
from tests.factories.contacts import NOON, IndustryFactory, made_company, made_person

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def update(company: Company, actor: User, **changes: Any) -> None:
    CompanyService().update([company], changes, actor=actor, at=LATER)


def test_tax_numbers_are_cleaned_and_checked(ann: User) -> None:
    company = made_company(ann, inn="77 0708 3893", kpp="773601001", ogrn="1027700132195", vat="de 123456789")

    assert (company.inn, company.vat) == ("7707083893", "DE123456789")


@pytest.mark.parametrize(
    ("name", "number"),
    [("inn", "7707083894"), ("kpp", "77"), ("ogrn", "1027700132196"), ("vat", "DE12")],
)
def test_a_wrong_tax_number_is_refused(ann: User, name: str, number: str) -> None:
    with pytest.raises(RecordErrors) as refused:
        made_company(ann, **{name: number})

    assert refused.value.errors[name][0].code == "checksum"


def test_a_company_needs_a_name(ann: User) -> None:
    with pytest.raises(RecordErrors) as refused:
        made_company(ann, name="  ")

    assert "name" in refused.value.errors


def test_the_website_gives_the_domain(ann: User) -> None:
    company = made_company(ann, website="www.acme.com")

    assert (company.website, company.domains) == ("https://www.acme.com", ["acme.com"])


def test_a_mail_providers_site_is_nobodys_domain(ann: User) -> None:
    assert made_company(ann, website="https://gmail.com").domains == []


def test_domains_are_written_bare(ann: User) -> None:
    assert made_company(ann, domains=["https://Acme.com/", "acme.com", "acme.de"]).domains == [
        "acme.com",
        "acme.de",
    ]


def test_a_group_has_no_circles(ann: User) -> None:
    top = made_company(ann, name="Top")
    middle = made_company(ann, name="Middle", parent=top)
    bottom = made_company(ann, name="Bottom", parent=middle)

    for parent in (top, middle, bottom):
        with pytest.raises(RecordErrors) as refused:
            update(top, ann, parent=parent)
        assert "parent" in refused.value.errors


def test_a_circle_within_one_set_is_seen(root: User) -> None:
    one, other = made_company(root, name="One"), made_company(root, name="Other")

    with pytest.raises(RecordErrors):
        CompanyService().update([one, other], [{"parent": other}, {"parent": one}], actor=root, at=LATER)


def test_country_and_city_stand_in_the_main_address(ann: User) -> None:
    country = fields_of(Company)["country"]

    company = made_company(ann, country=country.parse("Philipines"), city="Manila")

    address = Address.objects.get(company=company)
    assert (address.kind, address.country, company.country) == ("office", "PH", "PH")
    assert country.text("PH") == "Philippines"


def test_a_bank_account_must_fit_its_bank(ann: User) -> None:
    company = made_company(ann)
    good = {"bik": "044525545", "number": "40702810600014307627", "bank_name": "UniCredit"}

    services.save_bank_account(record=company, actor=ann, at=LATER, **good)

    account = BankAccount.objects.get()
    assert (account.account, account.is_primary) == ("40702810600014307627", True)
    with pytest.raises(RecordErrors) as refused:
        services.save_bank_account(
            record=company, account=account, number="40702810600014307628", actor=ann, at=LATER
        )
    assert "account" in refused.value.errors


def test_an_iban_is_checked(ann: User) -> None:
    company = made_company(ann)

    with pytest.raises(RecordErrors):
        services.save_bank_account(record=company, number="GB82 WEST 1234 5698 7654 33", actor=ann, at=LATER)


def test_addresses_are_added_changed_and_removed(ann: User) -> None:
    company = made_company(ann, city="Berlin", country="DE")

    services.save_address(
        record=company, kind="billing", city="Paris", country="FR", is_primary=True, actor=ann, at=LATER
    )
    company.refresh_from_db()
    assert (company.city, company.country) == ("Paris", "FR")

    services.remove_address(address=Address.objects.get(city="Paris"), actor=ann, at=LATER)
    company.refresh_from_db()
    assert (company.city, company.country) == ("Berlin", "DE")


def test_an_empty_address_is_refused(ann: User) -> None:
    with pytest.raises(RecordErrors):
        services.save_address(record=made_company(ann), kind="billing", actor=ann, at=LATER)


def test_a_company_is_found_by_its_numbers(ann: User) -> None:
    made_company(ann, name="Рога", inn="7707083893", domains=["roga.ru"], phone="+7 495 123-45-67")

    text = Search.objects.get().text

    for known in ("7707083893", "roga.ru", "roga", "рога", "74951234567"):
        assert known in text


def test_renaming_a_company_has_its_people_sorted_and_found_anew(ann: User) -> None:
    company = made_company(ann)
    person = made_person(ann, company=company)
    assert person.company_sort == "acme"

    update(company, ann, name="Zenith")
    services.reindex_people([company.pk])

    person.refresh_from_db()
    assert person.company_sort == "zenith"
    assert "zenith" in Search.objects.get(type_id=1).text


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("account", "name"),
        ("sector", "industry"),
        ("year_established", "founded_year"),
        ("revenue", "annual_revenue"),
        ("employees", "employees"),
        ("office_location", "country"),
        ("subsidiary_of", "parent"),
        ("отрасль", "industry"),
        ("организация", "name"),
        ("инн", "inn"),
    ],
)
def test_columns_of_files_are_known_by_other_names(column: str, field: str) -> None:
    known = [name for name, one in fields_of(Company).items() if column == name or column in one.synonyms]

    assert known == [field]


def test_a_misspelt_industry_is_a_name_like_any_other(ann: User) -> None:
    company = made_company(ann, industry=IndustryFactory(name="technolgy"))

    assert str(company.industry) == "technolgy"
