"""Several records become one: values as chosen, and all that belonged to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contacts.models import Address, Company, ContactPoint, Employment, Person
from contacts.services import CompanyService, PersonService, opt_out
from crm.records.drafts import RecordErrors
from crm.records.merging import MergeRefused, start, survivors_of
from crm.records.models import Event, ExternalId, JournalEntry, RecordRelation, RelationKind, Search
from crm.timeline.models import ActivityLink
from sales.models import Deal, DealPerson
from tests.factories.contacts import NOON, made_company, made_person
from tests.factories.customfields import made_field
from tests.factories.sales import made_deal
from tests.factories.timeline import call, planned
from tests.merging.rooms import differences, everything, links, merged, parted

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def test_the_survivor_gets_the_chosen_values_and_unites_tags(root: User) -> None:
    old = made_person(root, name="Petr Ivanov", email="petr@acme.com", job_title="", tags=["vip"])
    new = made_person(
        root, name="Pyotr Ivanov", email="p.ivanov@beta.com", birthday="1980-05-01", tags=["eu"]
    )

    merged(old, new, actor=root, email=str(new.pk))

    person = Person.objects.get(pk=old.pk)
    assert person.name == "Petr Ivanov"
    assert person.email == "p.ivanov@beta.com"
    assert str(person.birthday) == "1980-05-01"
    assert person.tags == ["vip", "eu"]
    points = ContactPoint.objects.filter(person=old).order_by("value")
    assert [(point.value, point.is_primary) for point in points] == [
        ("p.ivanov@beta.com", True),
        ("petr@acme.com", False),
    ]
    assert not Person.objects.filter(pk=new.pk).exists()
    assert Person.all_objects.get(pk=new.pk).merged_into_id == old.pk


def test_what_both_have_stays_behind_and_an_opt_out_is_kept(root: User) -> None:
    old = made_person(root, email="anna@acme.com")
    new = made_person(root, name="Anna Leigh", email="ANNA@acme.com")
    opt_out(point=ContactPoint.objects.get(person=new), actor=root, at=NOON)

    merged(old, new, actor=root)

    point = ContactPoint.objects.get(person=old)
    assert point.value == "anna@acme.com"
    assert point.opted_out


def test_deals_activities_and_outside_ids_go_along(root: User) -> None:
    old, new = made_person(root), made_person(root, name="Anna Leigh")
    deal = made_deal(actor=root, person=new)
    both = made_deal(actor=root, person=new)
    DealPerson.objects.create(deal=both, person=old)
    call(new, actor=root)
    ahead = planned(new, actor=root)
    ExternalId.objects.create(source="old", value="7", type_id=1, record_id=new.pk)

    merged(old, new, actor=root)

    assert set(Deal.objects.filter(person=old)) == {deal, both}
    assert sorted(DealPerson.objects.filter(person=old).values_list("deal_id", flat=True)) == sorted(
        [deal.pk, both.pk]
    )
    survivor = Person.objects.get(pk=old.pk)
    assert survivor.next_due_at == ahead.due_at
    assert survivor.last_touch_at >= new.last_touch_at
    assert ExternalId.objects.get().record_id == old.pk
    assert ActivityLink.objects.filter(type_id=1, record_id=old.pk).count() == 2


def test_companies_take_people_jobs_subsidiaries_and_no_circle(root: User) -> None:
    old = made_company(root, name="Acme")
    new = made_company(root, name="Acme Ltd", city="Oslo", country="NO")
    middle = made_company(root, name="Middle", parent=new)
    CompanyService().update([old], {"parent": middle}, actor=root, at=NOON)
    anna = made_person(root, company=new, job_title="CEO")
    deal = made_deal(actor=root, company=new)

    merged(old, new, actor=root)

    anna.refresh_from_db()
    survivor = Company.objects.get(pk=old.pk)
    assert anna.company_id == old.pk
    assert anna.company_sort == survivor.sort_name
    assert Employment.objects.get(person=anna).company_id == old.pk
    assert Deal.objects.get(pk=deal.pk).company_id == old.pk
    assert Company.objects.get(pk=middle.pk).parent_id == old.pk
    assert survivor.parent_id is None
    assert survivor.city == "Oslo"
    assert Address.objects.get(company=old).is_primary


def test_a_job_at_both_companies_becomes_one(root: User) -> None:
    old, new = made_company(root, name="Acme"), made_company(root, name="Acme Ltd")
    anna = made_person(root, company=old, job_title="")
    PersonService().update([anna], {"company": new, "job_title": "CEO"}, actor=root, at=NOON, via="import")
    Employment.objects.filter(company=old).update(ended_on=None)

    merged(old, new, actor=root)

    job = Employment.objects.get(company=old)
    assert job.is_primary
    assert job.title == "CEO"


def test_one_event_and_one_journal_tell_of_it(root: User) -> None:
    old, new = made_person(root), made_person(root, name="Anna Leigh")
    made_deal(actor=root, person=new)
    count = Event.objects.count()

    job = merged(old, new, actor=root)

    assert Event.objects.count() == count + 1
    event = Event.objects.order_by("pk").last()
    assert event is not None
    assert event.name == "person.merged"
    assert event.data["absorbed"] == [{"id": new.pk, "title": "Anna Leigh"}]
    assert JournalEntry.objects.filter(job=job).exists()


def test_search_finds_the_survivor_by_what_the_other_brought(root: User) -> None:
    old, new = made_person(root), made_person(root, name="Anna Leigh", email="rare@word.example")

    merged(old, new, actor=root)

    row = Search.objects.get(type_id=1, text__contains="rare@word.example")
    assert row.record_id == old.pk


def test_relations_between_the_two_lead_nowhere_and_others_go_along(root: User) -> None:
    old, new, friend = made_company(root), made_company(root, name="Beta"), made_company(root, name="Gamma")
    kind = RelationKind.objects.create(name="supplier of (test)", inverse="supplied by")
    for left, right in ((old, new), (new, friend)):
        RecordRelation.objects.create(
            kind=kind, left_type_id=2, left_id=left.pk, right_type_id=2, right_id=right.pk
        )

    merged(old, new, actor=root)

    pairs = RecordRelation.objects.filter(left_id=old.pk).values_list("right_id", flat=True)
    assert sorted(pairs) == [new.pk, friend.pk]


def test_splitting_leaves_every_table_as_it_was(root: User) -> None:
    old = made_person(root, email="a@acme.com", company=made_company(root), tags=["vip"])
    new = made_person(root, name="Anna Leigh", email="b@acme.com", phone="+12125550101")
    made_deal(actor=root, person=new)
    call(new, actor=root)
    call(old, actor=root)
    planned(new, actor=root)
    before, were = everything(), links(old, new)

    job = merged(old, new, actor=root, email=str(new.pk))
    assert everything() != before
    result = parted(job, root)

    assert result["kept"] == []
    assert differences(before, everything()) == []
    assert links(old, new) == were


def test_a_split_keeps_later_edits_and_lists_them(root: User) -> None:
    old, new = made_person(root), made_person(root, name="Anna Leigh", birthday="1980-05-01")
    job = merged(old, new, actor=root)
    survivor = Person.objects.get(pk=old.pk)
    PersonService().update([survivor], {"birthday": "1981-06-02", "job_title": ""}, actor=root, at=NOON)
    later = made_deal(actor=root, person=survivor)

    result = parted(job, root)

    assert [(one["title"], one["field"]) for one in result["kept"]] == [("Anna Lee", "birthday")]
    assert str(Person.objects.get(pk=old.pk).birthday) == "1981-06-02"
    assert str(Person.objects.get(pk=new.pk).birthday) == "1980-05-01"
    assert Deal.objects.get(pk=later.pk).person_id == old.pk


def test_a_chain_of_merges_leads_to_its_end_and_is_split_from_there(root: User) -> None:
    first, second, third = (made_person(root, name=f"Anna {name}") for name in ("One", "Two", "Three"))
    inner = merged(second, first, actor=root)
    outer = merged(third, second, actor=root)

    assert survivors_of([first.ref, second.ref, third.ref]) == {first.ref: third.ref, second.ref: third.ref}
    with pytest.raises(MergeRefused, match="Split that first"):
        parted(inner, root)
    parted(outer, root)
    parted(inner, root)
    assert Person.objects.count() == 3


def test_hidden_and_foreign_records_are_refused(ann: User, bob: User) -> None:
    mine, theirs = made_person(ann), made_person(bob, name="Anna Leigh")

    with pytest.raises(MergeRefused):
        start(survivor=mine, absorbed=[theirs], actor=ann)

    assert Person.objects.count() == 2


def test_a_merged_record_takes_no_edit_and_says_why(root: User) -> None:
    old, new = made_person(root), made_person(root, name="Anna Leigh")
    merged(old, new, actor=root)

    with pytest.raises(RecordErrors, match="Anna Leigh was merged into Anna Lee"):
        PersonService().update([new], {"birthday": "1980-05-01"}, actor=root, at=NOON)
    with pytest.raises(MergeRefused, match="was merged into"):
        start(survivor=old, absorbed=[new], actor=root)
    with pytest.raises(RecordErrors, match="was merged into"):
        PersonService().restore([new], actor=root, at=NOON)


def test_an_import_that_knew_the_old_record_writes_to_the_survivor(root: User) -> None:
    old, new = made_company(root), made_company(root, name="Beta")
    merged(old, new, actor=root)

    deal = made_deal(via="import", company=new)

    assert deal.company_id == old.pk


def test_who_looked_at_older_values_is_asked_to_look_again(root: User) -> None:
    old, new = made_person(root), made_person(root, name="Anna Leigh")
    seen = {old.pk: old.version, new.pk: new.version}
    PersonService().update([new], {"birthday": "1980-05-01"}, actor=root, at=NOON)

    with pytest.raises(MergeRefused, match="changed meanwhile"):
        start(survivor=old, absorbed=[new], actor=root, seen=seen)


def test_custom_fields_that_refer_to_a_record_follow_it_and_come_back(root: User) -> None:
    old, new = made_person(root), made_person(root, name="Anna Leigh")
    made_field(Deal, "person", key="adviser")
    deal = made_deal(actor=root, cf_adviser=new)
    before = everything()

    job = merged(old, new, actor=root)
    assert Deal.objects.get(pk=deal.pk).custom == {"adviser": old.pk}
    parted(job, root)

    assert differences(before, everything()) == []
