"""Making, changing, ordering, deleting definitions: what is refused, what is kept, what returns."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from contacts.models import Company
from crm.records.customfields import known, services
from crm.records.drafts import RecordErrors
from crm.records.fields import fields_of
from crm.records.models import CustomField, Event, Job
from crm.records.registry import service_for
from tests.factories.contacts import NOON, CompanyFactory, made_company
from tests.factories.customfields import TIERS, made_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def refusal(**values: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        made_field(Company, **values)
    return refused.value.message_dict


def changed(row: CustomField, **values: Any) -> CustomField:
    return services.update_field(field=row, values=values, actor=None, at=NOON)


def indexes(row: CustomField) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname ~ %s ORDER BY 1", [f"^cf[su]_{row.pk}_"]
        )
        return [text for (text,) in cursor.fetchall()]


def test_a_field_is_there_at_once(root: User) -> None:
    assert "cf_code" not in fields_of(Company)

    made_field(Company, "text", key="code", label="Code", actor=root)

    assert list(fields_of(Company))[-1] == "cf_code"
    assert Event.objects.latest("pk").name == "customfield.created"


def test_another_process_hears_of_it_by_the_stamp(run_jobs: Callable[[], None]) -> None:
    stamp = known.stamp()

    made_field(Company, "text")
    run_jobs()

    assert known.stamp() != stamp


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"kind": "colour"}, "kind"),
        ({"kind": "text", "key": "Big Key"}, "key"),
        ({"kind": "text", "label": ""}, "label"),
        ({"kind": "choice", "choices": []}, "choices"),
        ({"kind": "choice", "choices": [{"label": "One"}, {"label": "one"}]}, "choices"),
        ({"kind": "choice", "choices": [{"label": "Either; or"}]}, "choices"),
        ({"kind": "choice", "choices": [{"label": "One", "color": "url(x)"}]}, "choices"),
        ({"kind": "money", "options": {}}, "currency"),
        ({"kind": "text", "options": {"max_length": 900}}, "max_length"),
        ({"kind": "date", "default": "soon"}, "default"),
        ({"kind": "number", "default": "many"}, "default"),
    ],
)
def test_what_can_not_be_is_refused_by_name(values: dict[str, Any], where: str) -> None:
    assert list(refusal(**values)) == [where]


@pytest.mark.parametrize(
    "rule",
    [
        {"field": "nothing", "op": "filled"},
        {"field": "kind", "op": "more", "value": "1"},
        {"field": "kind", "op": "is", "value": ""},
        {"field": "emails", "op": "filled"},
    ],
)
def test_a_condition_must_make_sense(rule: dict[str, Any]) -> None:
    found = refusal(kind="text", shown_when={"match": "all", "rules": [rule]})

    assert list(found) == ["shown_when"]


def test_conditions_lead_in_no_circle() -> None:
    first = made_field(Company, "text", key="first", label="First")
    rules = {"match": "all", "rules": [{"field": "cf_first", "op": "filled"}]}
    made_field(Company, "text", key="second", label="Second", shown_when=rules)

    back = {"match": "all", "rules": [{"field": "cf_second", "op": "filled"}]}
    with pytest.raises(ValidationError) as refused:
        changed(first, shown_when=back)

    assert list(refused.value.message_dict) == ["shown_when"]


def test_two_fields_have_no_label_in_common() -> None:
    made_field(Company, "text", key="one", label="Tier", label_ru="Уровень")

    assert list(refusal(kind="text", key="two", label="уровень")) == ["label"]


def test_what_a_kind_does_not_know_is_left_out() -> None:
    row = made_field(
        Company, "long_text", is_sortable=True, is_unique=True, choices=TIERS, options={"currency": "EUR"}
    )

    assert (row.is_sortable, row.is_unique, row.choices, row.options) == (False, False, [], {})


def test_the_key_never_changes() -> None:
    row = made_field(Company, "text", key="code", label="Code")

    changed(row, key="other", label="Number")

    assert CustomField.objects.get().key == "code"


@pytest.mark.parametrize(
    ("kind", "to"), [("text", "long_text"), ("number", "money"), ("choice", "multi_choice"), ("url", "text")]
)
def test_a_kind_changes_where_no_value_is_touched(root: User, kind: str, to: str) -> None:
    row = made_field(Company, kind, key="it")
    typed = {"number": "12.50", "choice": "gold", "url": "https://a.example"}.get(kind, "words")
    company = made_company(cf_it=typed)
    before = fields_of(Company)["cf_it"].text(fields_of(Company)["cf_it"].value(company))

    changed(row, kind=to, options={"currency": "USD"})

    company = Company.objects.get()
    after = fields_of(Company)["cf_it"]
    assert after.text(after.value(company)) == before


def test_a_kind_does_not_change_where_values_would_suffer() -> None:
    row = made_field(Company, "text")

    with pytest.raises(ValidationError) as refused:
        changed(row, kind="number")

    assert list(refused.value.message_dict) == ["kind"]


def test_a_choice_left_out_is_retired_and_stays_where_it_is_held(root: User) -> None:
    row = made_field(Company, "choice", key="tier", label="Tier")
    company = made_company(cf_tier="gold")

    changed(row, choices=[one for one in TIERS if one["key"] != "gold"])
    service = service_for(Company)
    service.update([company], {"name": "Still gold"}, actor=root, at=NOON)
    with pytest.raises(RecordErrors) as refused:
        made_company(actor=root, name="New", cf_tier="gold")

    field = fields_of(Company)["cf_tier"]
    assert [key for key, _label in field.offered] == ["silver", "bronze"]
    assert field.text(field.value(Company.objects.get(pk=company.pk))) == "Gold"
    assert list(refused.value.errors) == ["cf_tier"]


def test_the_sort_gets_its_index_and_loses_it(run_jobs: Callable[[], None]) -> None:
    row = made_field(Company, "number", is_sortable=True)
    run_jobs()
    made = indexes(row)

    changed(CustomField.objects.get(), is_sortable=False)
    run_jobs()

    assert len(made) == 1
    assert "::numeric" in made[0]
    assert CustomField.objects.get().sort_index == ""
    assert indexes(row) == []
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_another_order_of_choices_makes_another_index(run_jobs: Callable[[], None]) -> None:
    row = made_field(Company, "choice", is_sortable=True)
    run_jobs()
    first = CustomField.objects.get().sort_index

    changed(row, choices=list(reversed(TIERS)))
    run_jobs()

    assert first != CustomField.objects.get().sort_index != ""
    assert len(indexes(row)) == 1


def test_unique_values_come_once(root: User) -> None:
    made_field(Company, "text", key="code", label="Code", is_unique=True)
    made_company(cf_code="A-1")

    with pytest.raises(RecordErrors) as refused:
        made_company(name="Other", cf_code="a-1")

    assert list(refused.value.errors) == ["cf_code"]


def test_the_database_keeps_unique_values_apart_by_itself(run_jobs: Callable[[], None]) -> None:
    made_field(Company, "text", key="code", label="Code", is_unique=True)
    run_jobs()
    CompanyFactory(custom={"code": "A-1"})

    with pytest.raises(IntegrityError), transaction.atomic():
        CompanyFactory(custom={"code": "a-1"})


def test_values_that_come_twice_are_not_called_unique() -> None:
    row = made_field(Company, "text", key="code", label="Code")
    made_company(cf_code="A-1")
    made_company(name="Other", cf_code="A-1")

    with pytest.raises(ValidationError) as refused:
        changed(row, is_unique=True)

    assert "A-1" in refused.value.message_dict["is_unique"][0]


def test_a_deleted_field_is_gone_and_returns_with_its_values(root: User) -> None:
    row = made_field(Company, "text", key="code", label="Code")
    company = made_company(cf_code="A-1")

    services.delete_field(field=row, actor=root, at=NOON)
    gone = "cf_code" not in fields_of(Company)
    services.restore_field(field=row, actor=root, at=NOON)

    assert gone
    assert fields_of(Company)["cf_code"].value(Company.objects.get(pk=company.pk)) == "A-1"


def test_a_new_field_does_not_inherit_the_values_of_a_deleted_one(root: User) -> None:
    row = made_field(Company, "text", key="code", label="Code")
    services.delete_field(field=row, actor=root, at=NOON)

    found = refusal(kind="text", key="code", label="Another code")

    assert "There is a field with this key." in str(found)


def test_after_thirty_days_the_values_are_forgotten(root: User, run_jobs: Callable[[], None]) -> None:
    row = made_field(Company, "text", key="code", label="Code", is_sortable=True)
    run_jobs()
    kept = made_field(Company, "number", key="seats", label="Seats")
    company = made_company(cf_code="A-1", cf_seats="5")
    services.delete_field(field=row, actor=root, at=NOON)

    early = services.purge(now=NOON + timedelta(days=29))
    late = services.purge(now=NOON + timedelta(days=31))

    assert (early, late) == (0, 1)
    assert Company.objects.get(pk=company.pk).custom == {"seats": "5"}
    assert list(CustomField.objects.all()) == [kept]
    assert indexes(row) == []


def test_a_field_out_of_use_is_nowhere_and_keeps_its_values() -> None:
    row = made_field(Company, "text", key="code", label="Code")
    company = made_company(cf_code="A-1")

    changed(row, is_active=False)

    assert "cf_code" not in fields_of(Company)
    assert Company.objects.get(pk=company.pk).custom == {"code": "A-1"}


def test_fields_stand_in_the_order_one_gives_them(root: User) -> None:
    for key in ("a", "b", "c"):
        made_field(Company, "text", key=key, label=key.upper() * 2)

    services.order_fields(type_id=2, keys=["c", "a"], actor=root, at=NOON)

    assert list(known.made_of(Company)) == ["cf_c", "cf_a", "cf_b"]


def test_labels_follow_the_language_of_the_reader() -> None:
    made_field(Company, "choice", key="tier", label="Tier", label_ru="Уровень")
    field = fields_of(Company)["cf_tier"]

    with translation.override("ru"):
        russian = (str(field.label), field.text("gold"))

    assert russian == ("Уровень", "Золото")
    assert (str(field.label), field.text("gold")) == ("Tier", "Gold")
