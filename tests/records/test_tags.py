"""Tags: one per word whatever its spelling, renamed, merged and deleted everywhere, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from contacts.models import Company
from crm.identity.models import Organisation
from crm.records import jobs, tagging, tagwork
from crm.records.drafts import RecordErrors
from crm.records.models import Job, Tag
from crm.records.registry import service_for
from tests.factories.contacts import CompanyFactory
from tests.factories.identity import builtin_role
from tests.factories.sales import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
LIST = "contacts:company_list"


def put(company: Company, tags: list[str], actor: User | None) -> list[str]:
    """Have ``actor`` write tags, as a page does; return what the company carries then."""
    service_for(Company).update([company], {"tags": tags}, actor=actor, at=NOON)
    company.refresh_from_db()
    return list(company.tags)


def tag(name: str) -> Tag:
    return Tag.objects.get(name=name)


def tags_of(*companies: Company) -> list[list[str]]:
    return [list(Company.all_objects.get(pk=one.pk).tags) for one in companies]


def closed() -> None:
    Organisation.load()
    Organisation.objects.update(anybody_makes_tags=False)


def test_a_word_is_one_tag_however_it_is_spelt(ann: User) -> None:
    first, second = CompanyFactory(owner=ann), CompanyFactory(owner=ann)

    put(first, ["VIP"], ann)

    assert put(second, ["  vip ", "Vip", "key   account"], ann) == ["VIP", "key account"]
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["VIP", "key account"]


def test_who_may_not_make_tags_chooses_from_those_there_are(ann: User, root: User) -> None:
    company = CompanyFactory(owner=ann)
    put(company, ["VIP"], root)
    closed()

    with pytest.raises(RecordErrors, match="no tag “brand new”"):
        put(company, ["vip", "brand new"], ann)

    assert put(company, ["vip"], ann) == ["VIP"]


def test_a_role_may_make_tags_where_not_everybody_may(ann: User) -> None:
    closed()
    builtin_role("sales_rep").grants.create(record_type=tagging.RIGHT, action="add", scope="all")

    assert put(CompanyFactory(owner=ann), ["brand new"], ann) == ["brand new"]


def test_renaming_reaches_every_record_and_the_old_name_means_the_new_one(ann: User, root: User) -> None:
    first, second = CompanyFactory(owner=ann), CompanyFactory(owner=ann)
    put(first, ["a", "VIP", "z"], ann)

    tagwork.rename_tag(tag=tag("VIP"), name="Key account", actor=root)

    assert tags_of(first) == [["a", "Key account", "z"]]
    assert put(second, ["vip"], ann) == ["Key account"]


def test_renaming_is_undone_and_leaves_what_people_tagged_since(ann: User, root: User) -> None:
    first, second = CompanyFactory(owner=ann), CompanyFactory(owner=ann)
    for one in (first, second):
        put(one, ["VIP"], ann)
    job = tagwork.rename_tag(tag=tag("VIP"), name="Key account", actor=root)
    put(second, ["Key account", "since"], ann)

    undo = jobs.start_undo(job, actor=root, now=True)

    assert undo.error == ""
    assert [sorted(one) for one in tags_of(first, second)] == [["VIP"], ["VIP", "since"]]
    assert set(tagging.names()) == {"VIP", "since"}


def test_merging_leaves_one_tag_on_each_record_and_can_be_undone(ann: User, root: User) -> None:
    first, second = CompanyFactory(owner=ann), CompanyFactory(owner=ann)
    put(first, ["VIP", "key"], ann)
    put(second, ["VIP"], ann)

    job = tagwork.rename_tag(tag=tag("VIP"), name="KEY", actor=root)

    assert tags_of(first, second) == [["key"], ["key"]]
    assert tagging.names() == ["key"]
    jobs.start_undo(job, actor=root, now=True)
    assert tags_of(first, second) == [["VIP", "key"], ["VIP"]]
    assert sorted(tagging.names()) == ["VIP", "key"]


def test_deleting_reaches_the_bin_too_and_can_be_undone(ann: User, root: User) -> None:
    here, binned = CompanyFactory(owner=ann), CompanyFactory(owner=ann)
    for one in (here, binned):
        put(one, ["old"], ann)
    service_for(Company).delete([binned], actor=ann, at=NOON)

    job = tagwork.delete_tag(tag=tag("old"), actor=root)

    assert tags_of(here, binned) == [[], []]
    assert tagging.names() == []
    jobs.start_undo(job, actor=root, now=True)
    assert tags_of(here, binned) == [["old"], ["old"]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("tags=red&tags=blue", {"both"}),
        ("tags=:any&tags=red&tags=blue", {"both", "red"}),
        ("tags=:none&tags=blue", {"red", "bare"}),
        ("tags=:empty", {"bare"}),
        ("tags=RED", {"both", "red"}),
    ],
)
def test_a_list_asks_for_all_any_none_or_no_tags(
    ann: User, client_for: Callable[[User], Client], query: str, names: set[str]
) -> None:
    for name, tags in (("both", ["red", "blue"]), ("red", ["red"]), ("bare", [])):
        put(CompanyFactory(name=f"Firm {name}", owner=ann), tags, ann)
    tagging.forget()

    text = client_for(ann).get(f"{reverse(LIST)}?{query}").content.decode()

    assert {name for name in ("both", "red", "bare") if f"Firm {name}" in text} == names


def test_a_chip_has_the_colour_that_was_chosen(ann: User, client_for: Callable[[User], Client]) -> None:
    company = CompanyFactory(owner=ann)
    put(company, ["VIP"], ann)
    Tag.objects.update(color="hue-6")
    tagging.changed()

    text = client_for(ann).get(company.get_absolute_url()).content.decode()

    assert '<span class="badge hue-6">VIP</span>' in text


def test_the_administrator_sees_counts_and_renames(
    ann: User, root: User, client_for: Callable[[User], Client]
) -> None:
    company = CompanyFactory(owner=ann)
    put(company, ["VIP"], ann)
    client = client_for(root)

    shown = client.get(reverse("admin:records_tag_changelist")).content.decode()
    page = reverse("admin:records_tag_change", args=[tag("VIP").pk])
    client.post(page, {"name": "Gold", "color": "hue-4", "merge_into": ""})

    assert f"{reverse(LIST)}?tags=VIP" in shown
    assert tags_of(company) == [["Gold"]]
    assert tag("Gold").color == "hue-4"
    assert client.get(reverse("ui:job", args=[Job.objects.get(kind="tags").pk])).status_code == 200


def test_the_administrator_deletes_a_tag_everywhere(
    ann: User, root: User, client_for: Callable[[User], Client]
) -> None:
    company = CompanyFactory(owner=ann)
    put(company, ["VIP"], ann)
    page = reverse("admin:records_tag_delete", args=[tag("VIP").pk])

    asked = client_for(root).get(page).content.decode()
    client_for(root).post(page, {"post": "yes"})

    assert "Companies: 1" in asked
    assert tags_of(company) == [[]]


def test_rest_lists_tags_with_colours_and_former_names(
    ann: User, root: User, client_for: Callable[[User], Client]
) -> None:
    put(CompanyFactory(owner=ann), ["VIP"], ann)
    tagwork.rename_tag(tag=tag("VIP"), name="Gold", actor=root)

    found = client_for(ann).get("/api/v1/tags/").json()["results"]

    assert [(one["name"], one["former_names"]) for one in found] == [("Gold", ["VIP"])]
