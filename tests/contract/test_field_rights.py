"""A field that is hidden from a person is hidden in every door: types × fields × doors.

A value that occurs nowhere else is planted into each field that can hold one; then ann, whose
role hides the field, walks through the doors, and no answer may hold the value, nor tell it by
filtering, sorting or finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm.records import search
from crm.ui.declaration import views_of
from tests.contract.planting import body, cases, limited, planted

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import Team, User
    from crm.records.fields import Field
    from crm.records.registry import RecordType

pytestmark = pytest.mark.django_db


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
    record_type: RecordType, one: Field, ann: User, team_a: Team, client_for: Callable[[User], Client]
) -> None:
    record, _value, forms = planted(record_type, one, ann)
    lena = limited(team_a, record_type, one.name, "hidden")
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
    record_type: RecordType, one: Field, ann: User, team_a: Team, client_for: Callable[[User], Client]
) -> None:
    record, value, forms = planted(record_type, one, ann)
    lena = limited(team_a, record_type, one.name, "hidden")
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
    record_type: RecordType, one: Field, ann: User, team_a: Team, client_for: Callable[[User], Client]
) -> None:
    record, _value, _forms = planted(record_type, one, ann)
    lena = limited(team_a, record_type, one.name, "read_only")
    client = client_for(lena)

    shown = client.get(f"/api/v1/{record_type.slug}/{record.pk}/").json()
    client.patch(
        f"/api/v1/{record_type.slug}/{record.pk}/", {one.name: None}, content_type="application/json"
    )
    client.post(views_of(record).url("cell", record.pk, one.name), {one.name: ""})

    assert shown.get(one.name)
    assert one.value(record_type.model._base_manager.get(pk=record.pk)) == one.value(record)
