"""Whatever hangs on records: merged and split again, every table is as it was."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.models import BankAccount, Person
from contacts.services import add_contact_point, save_address
from crm.identity.models import Share, User
from crm.records.models import ExternalId, RecordRelation, RelationKind
from crm.records.registry import service_for
from sales.models import Deal, DealPerson
from tests.factories.contacts import NOON, made_company, made_person
from tests.factories.identity import person
from tests.factories.sales import made_deal
from tests.factories.timeline import call, planned
from tests.merging.rooms import differences, everything, links, merged, parted

pytestmark = pytest.mark.django_db(transaction=False)
EMAILS = ("a@acme.com", "b@acme.com", "c@beta.com")
PHONES = ("+12125550101", "+12125550102")
#: What somebody may have done with a record before it is merged.
DEEDS = (
    "email",
    "phone",
    "address",
    "job",
    "old job",
    "tag",
    "birthday",
    "deal",
    "say in a deal",
    "call",
    "older call",
    "plan",
    "outside id",
    "share",
    "relation",
    "own value",
)
deeds = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(DEEDS), st.integers(0, 2)), max_size=14)


class Town:
    """Three people and three companies, on which things may hang."""

    def __init__(self) -> None:
        self.root: User = person("mayor", is_superuser=True, is_staff=True)
        self.companies = [made_company(self.root, name=f"Company {n}") for n in range(3)]
        self.people = [made_person(self.root, name=f"Anna Number{n}") for n in range(3)]
        self.deals = [made_deal(actor=self.root, name=f"Deal {n}") for n in range(2)]
        self.kind = RelationKind.objects.create(name="knows (test)", inverse="known by")
        self.step = 0

    def do(self, who: int, deed: str, what: int) -> None:
        self.step += 1
        one, root, at = self.people[who], self.root, NOON + timedelta(minutes=self.step)
        if deed == "email":
            add_contact_point(records=[one], kind="email", value=EMAILS[what], actor=root, at=at)
        elif deed == "phone":
            add_contact_point(
                records=[one], kind="phone", value=PHONES[what % 2], is_primary=True, actor=root, at=at
            )
        elif deed == "address":
            save_address(record=one, city=f"City {what}", is_primary=True, actor=root, at=at)
        elif deed in ("job", "old job"):
            self.change(one, {"company": self.companies[what]}, at + timedelta(days=30 * self.step))
        elif deed == "tag":
            self.change(one, {"tags": [f"t{what}"]}, at)
        elif deed == "birthday":
            self.change(one, {"birthday": date(1980, 1, 1 + what)}, at)
        elif deed == "own value":
            Person.objects.filter(pk=one.pk).update(custom={f"key{what}": what})
        elif deed == "deal":
            made_deal(actor=root, person=one, company=self.companies[what], at=at)
        elif deed == "say in a deal":
            DealPerson.objects.get_or_create(deal=self.deals[what % 2], person=one)
        elif deed in ("call", "older call"):
            call(one, actor=root, at=at - timedelta(days=what if deed == "older call" else 0))
        else:
            self.hang(one, deed, what, at)

    def hang(self, one: Person, deed: str, what: int, at: Any) -> None:
        if deed == "plan":
            planned(one, actor=self.root, days=1 + what, at=at)
        elif deed == "outside id":
            ExternalId.objects.create(source="s", value=str(self.step), type_id=1, record_id=one.pk)
        elif deed == "share":
            Share.objects.get_or_create(type_id=1, record_id=one.pk, user=self.root)
        elif deed == "relation":
            other = self.people[what]
            if other.pk != one.pk:
                RecordRelation.objects.get_or_create(
                    kind=self.kind, left_type_id=1, left_id=one.pk, right_type_id=1, right_id=other.pk
                )

    def change(self, one: Any, changes: dict[str, Any], at: Any) -> None:
        service_for(one).update([one], changes, actor=self.root, at=at)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(done=deeds, choice=st.integers(0, 2), many=st.booleans(), whole=st.booleans())
def test_merging_and_splitting_leaves_everything_as_it_was(
    db: None, done: list[tuple[int, str, int]], choice: int, many: bool, whole: bool
) -> None:
    with transaction.atomic():
        town = Town()
        for deed in done:
            town.do(*deed)
        ones = town.companies if whole else town.people
        survivor, *others = ones if many else ones[:2]
        before, were = everything(), links(*ones)
        chosen = str(ones[choice if many else min(choice, 1)].pk)

        job = merged(survivor, *others, actor=town.root, email=chosen, city=chosen, company=chosen)
        result = parted(job, town.root)

        assert result["kept"] == []
        assert differences(before, everything()) == []
        assert links(*ones) == were
        transaction.set_rollback(True)


def test_a_split_after_new_rows_took_places_keeps_both(root: User) -> None:
    old, new = made_person(root, email="a@acme.com"), made_person(root, name="Anna Leigh", email="b@acme.com")
    job = merged(old, new, actor=root, email=str(new.pk))
    survivor = Person.objects.get(pk=old.pk)
    add_contact_point(
        records=[survivor], kind="email", value="new@acme.com", is_primary=True, actor=root, at=NOON
    )

    result = parted(job, root)

    assert Person.objects.get(pk=new.pk).contact_points.get().value == "b@acme.com"
    values = sorted(Person.objects.get(pk=old.pk).contact_points.values_list("value", flat=True))
    assert values == ["a@acme.com", "new@acme.com"]
    assert result["kept"]


def test_accounts_and_deals_of_companies_come_back(root: User) -> None:
    old, new = made_company(root), made_company(root, name="Beta")
    for company in (old, new):
        BankAccount.objects.create(company=company, account="40702810900000000001", is_primary=True)
    deal = made_deal(actor=root, company=new)
    before = everything()

    job = merged(old, new, actor=root)
    assert Deal.objects.get(pk=deal.pk).company_id == old.pk
    assert BankAccount.objects.get(company=old).is_primary
    parted(job, root)

    assert differences(before, everything()) == []
