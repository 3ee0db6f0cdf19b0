"""A field that is hidden from a person is hidden in every door: types × fields × doors.

A value that occurs nowhere else is planted into each field that can hold one; then ann, whose
role hides the field, walks through the doors, and no answer may hold the value, nor tell it by
filtering, sorting or finding.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from crm.identity.models import FieldRule
from crm.records import registry, search
from crm.records.fields import Field, Kind, declared_fields
from crm.ui.declaration import views_of
from tests.contract.samples import make
from tests.factories.identity import builtin_role, person, rights_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client

    from crm.identity.models import Team, User
    from crm.records.registry import RecordType

pytestmark = pytest.mark.django_db

#: What is planted, by kind, and every form in which an answer might tell it.
PLANTED: dict[Kind, tuple[Any, tuple[str, ...]]] = {
    Kind.TEXT: ("zqsecret", ("zqsecret", "Zqsecret")),
    Kind.LONG_TEXT: ("zqsecret told", ("zqsecret",)),
    Kind.EMAIL: ("zqsecret@example.com", ("zqsecret",)),
    Kind.PHONE: ("+12025550177", ("2025550177", "202-555-0177", "202 555 0177", "202) 555")),
    Kind.URL: ("https://zqsecret.example.com/", ("zqsecret",)),
    Kind.TAGS: (["zqsecret"], ("zqsecret",)),
    Kind.INTEGER: (77313, ("77313", "77,313")),
    Kind.NUMBER: (Decimal("77313.25"), ("77313", "77,313")),
    Kind.MONEY: (Decimal("7731377.25"), ("7731377", "7,731,377", "7.73", "7.7 M", "7.7M")),
    Kind.DATE: (date(2031, 7, 17), ("2031-07-17", "17 Jul 2031", "Jul 17, 2031", "7/17/2031", "17.07.2031")),
}
#: Kinds of several e-mails and the like take what they hold.
SEVERAL = {
    "emails": (["zqsecret@example.com"], ("zqsecret",)),
    "phones": (["+12025550177"], ("2025550177", "202-555-0177", "202 555 0177", "202) 555")),
    "messengers": (["@zqsecret"], ("zqsecret",)),
    "links": (["https://zqsecret.example.com/"], ("zqsecret",)),
    "domains": (["zqsecret.example.com"], ("zqsecret",)),
}
#: Values that a rule of the trade makes, or that no form of the same shape can hold.
UNPLANTABLE = frozenset(
    {"founded_year", "inn", "kpp", "ogrn", "vat", "time_zone", "language", "currency", "revenue_currency"}
    | {"lost_note", "number"}
)


def cases() -> Iterator[Any]:
    for record_type in registry.types():
        titled = registry.service_for(record_type.model).titled
        for one in declared_fields(record_type.model).values():
            fits = one.writable and not one.choices and (one.kind in PLANTED or one.name in SEVERAL)
            if fits and one.name not in titled | UNPLANTABLE:
                yield pytest.param(record_type, one, id=f"{record_type.slug}.{one.name}")


@pytest.fixture
def limited(team_a: Team) -> Callable[[RecordType, str, str], User]:
    """Give a colleague of ann who may do all with a type, but for one field."""

    def make_one(record_type: RecordType, field: str, level: str) -> User:
        user = person("lena", role="administrator", team=team_a, full_name="Lena Limited")
        role = builtin_role("administrator")
        FieldRule.objects.create(role=role, record_type=record_type.key, field=field, level=level)
        rights_changed()
        return user

    return make_one


def planted(record_type: RecordType, one: Field, owner: User) -> tuple[Any, Any, tuple[str, ...]]:
    """Make a record, then write the secret, so that events hold it too."""
    value, forms = SEVERAL.get(one.name) or PLANTED[one.kind]
    record = make(record_type, owner=owner, team=owner.primary_team)
    service = registry.service_for(record_type.model)
    service.update([record], {one.name: value}, actor=None, at=timezone.now())
    return record_type.model._base_manager.get(pk=record.pk), value, forms


def body(response: Any) -> str:
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode("utf-8", "replace")


def doors(record: Any, one: Field, word: str) -> dict[str, str]:
    """Return addresses by which the record, or the field, could be looked at."""
    views, slug = views_of(record), record.record_type.slug
    columns = f"?columns={one.name}&columns=emails&columns=contact_points&sort={one.name}"
    found = {
        "list": views.url("list") + columns,
        "grouped": views.url("list") + f"?group={one.name}",
        "page": record.get_absolute_url(),
        "edit": views.url("edit", record.pk),
        "preview": views.url("preview", record.pk),
        "cell": views.url("cell", record.pk, one.name),
        "history": views.url("history", record.pk),
        "export": views.url("export") + columns.replace("?", "?format=csv&"),
        "search": f"/search/?q={word}",
        "palette": f"/search/palette/?q={word}",
        "choices": f"/choices/{record.record_type.key}/?q={word}",
        "found in list": views.url("list") + f"?q={word}",
        "rest": f"/api/v1/{slug}/",
        "rest record": f"/api/v1/{slug}/{record.pk}/",
        "rest search": f"/api/v1/search/?q={word}",
        "home": "/",
        "today": "/today/?whose=all",
    }
    if views.board is not None:
        found["board"] = views.url("board")
    return found


@pytest.mark.parametrize(("record_type", "one"), list(cases()))
def test_a_hidden_value_stands_in_no_answer(
    record_type: RecordType, one: Field, ann: User, limited: Any, client_for: Callable[[User], Client]
) -> None:
    record, _value, forms = planted(record_type, one, ann)
    lena = limited(record_type, one.name, "hidden")
    client = client_for(lena)

    told = {}
    for door, address in doors(record, one, forms[0]).items():
        response = client.get(address)
        assert response.status_code < 500, (door, address)
        # What was asked for stands in the address of the answer; that tells nothing.
        text = body(response).replace(f"q={forms[0]}", "").replace(f'value="{forms[0]}"', "")
        if "search" in door or door in ("found in list", "palette", "choices"):
            text = text if str(record) in text else ""
        if response.status_code == 200 and (found := [form for form in forms if form in text]):
            told[door] = found
    assert told == {}


@pytest.mark.parametrize(("record_type", "one"), list(cases()))
def test_a_hidden_field_is_not_asked_found_or_written(
    record_type: RecordType, one: Field, ann: User, limited: Any, client_for: Callable[[User], Client]
) -> None:
    record, value, forms = planted(record_type, one, ann)
    lena = limited(record_type, one.name, "hidden")
    views, client = views_of(record), client_for(lena)

    assert one.name not in views.filters({}, user=lena).filters
    assert one.name not in views.table(user=lena).offered
    assert one.name not in views.form(user=lena, record=record).fields
    assert search.find(lena, forms[0]) == []
    answer = client.get(f"/api/v1/{record_type.slug}/", {one.name: str(value)})
    assert answer.status_code == 400
    answer = client.get(f"/api/v1/{record_type.slug}/", {"sort": one.name})
    assert answer.status_code == 400
    written = client.patch(
        f"/api/v1/{record_type.slug}/{record.pk}/", {one.name: None}, content_type="application/json"
    )
    assert written.status_code in (400, 403)
    assert one.value(record_type.model._base_manager.get(pk=record.pk)) == one.value(record)


@pytest.mark.parametrize(("record_type", "one"), list(cases()))
def test_a_read_only_field_is_seen_and_not_written(
    record_type: RecordType, one: Field, ann: User, limited: Any, client_for: Callable[[User], Client]
) -> None:
    record, _value, _forms = planted(record_type, one, ann)
    lena = limited(record_type, one.name, "read_only")
    client = client_for(lena)

    shown = client.get(f"/api/v1/{record_type.slug}/{record.pk}/").json()
    client.patch(
        f"/api/v1/{record_type.slug}/{record.pk}/", {one.name: None}, content_type="application/json"
    )
    client.post(views_of(record).url("cell", record.pk, one.name), {one.name: ""})

    assert shown.get(one.name)
    assert one.value(record_type.model._base_manager.get(pk=record.pk)) == one.value(record)
