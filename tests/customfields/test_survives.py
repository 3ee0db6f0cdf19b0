"""Any value of any kind, through form, REST, export and import: it comes out as it went in."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from contacts.models import Company
from crm.api.serializers import serializer_for
from crm.lib.tabular import csv_chunks
from crm.records.customfields import known
from crm.records.customfields.kinds import kinds
from crm.records.fields import FieldError
from crm.records.registry import service_for
from crm.ui.declaration import views_of
from crm.ui.exchange.exports import cell_reader
from tests.factories.contacts import NOON, made_company, made_person
from tests.factories.customfields import TIERS, made_field
from tests.importing.conftest import _own_folder, run_import, write  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crm.identity.models import User
    from crm.records.customfields.field import Made

pytestmark = pytest.mark.django_db

#: Letters of all scripts, signs and spaces; control signs are no text.
LETTERS = st.characters(exclude_categories=("C", "Zl", "Zp"))
WORDS = st.text(LETTERS, min_size=1, max_size=60)
KEYS = [one["key"] for one in TIERS]
PHONES = ("+74951234567", "+14155552671", "+442071838750", "+4915112345678", "+74951234567;ext=12")
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": WORDS,
    "long_text": st.lists(WORDS, min_size=1, max_size=4).map("\n".join),
    "number": st.decimals(-(10**13), 10**13, allow_nan=False, places=6),
    "money": st.decimals(-(10**9), 10**9, allow_nan=False, places=2),
    "date": st.dates(),
    "time": st.times().map(lambda one: one.replace(microsecond=0)),
    "choice": st.sampled_from(KEYS),
    "multi_choice": st.lists(st.sampled_from(KEYS), min_size=1, unique=True),
    "yes_no": st.booleans(),
    "url": st.from_regex(r"https?://[a-z]{1,20}\.(com|org)(/[a-z0-9%_.-]{0,30})?", fullmatch=True),
    "email": st.emails(),
    "phone": st.sampled_from(PHONES),
}
REFERENCES = ("user", "person", "company")


def test_every_kind_is_tried() -> None:
    assert {*VALUES, *REFERENCES, "file"} >= set(kinds())


def through_the_form(one: Made, value: Any, boss: User) -> Company:
    """Type a value into the form as a browser shows it, and save."""
    form_class = views_of(Company).form
    control = form_class(user=boss, names=[one.name]).fields[one.name]
    shown = control.prepare_value(one.of.load(one, one.keep(value), None) if one.to is None else value)
    data = {"name": "Typed", one.name: shown if isinstance(shown, list) else str(shown)}
    form = form_class(data, user=boss, names=["name", one.name])
    assert form.is_valid(), form.errors
    draft = service_for(Company).create([form.changes()], actor=boss, at=NOON)[0]
    return Company.objects.get(pk=draft.record.pk)


def through_rest(one: Made, company: Company, boss: User) -> Company:
    """Read a record by REST and write what was read into another one."""
    serializer = serializer_for(Company)
    read = serializer(company).data[one.name]
    writer = serializer(data={"name": "Sent", one.name: read})
    assert writer.is_valid(), writer.errors
    draft = service_for(Company).create([writer.validated_data], actor=boss, at=NOON, via="rest")[0]
    return Company.objects.get(pk=draft.record.pk)


def exported(one: Made, company: Company, boss: User) -> str:
    """Return the list with this one record as a file."""
    column = views_of(Company).table(user=boss, names=[one.name]).column(one.name)
    assert column is not None
    chunks = csv_chunks(["Name", "Value"], iter([["Brought", cell_reader(column)(company)]]))
    text = b"".join(one if isinstance(one, bytes) else one.encode() for one in chunks)
    return text.decode("utf-8-sig")


@pytest.mark.parametrize("kind", sorted({*VALUES, *REFERENCES} & set(kinds())))
def test_a_value_survives_form_rest_export_and_import(
    kind: str,
    boss: User,
    run_import: Callable[..., Any],  # noqa: F811
    write: Callable[..., Path],  # noqa: F811
) -> None:
    row = made_field(Company, kind, key="it", label="It")
    records = {
        "user": boss,
        "person": made_person(actor=boss, name="Peter Referrer"),
        "company": made_company(actor=boss, name="Supplier Ltd"),
    }
    values = VALUES[kind] if kind in VALUES else st.just(records[kind].pk)

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(values)
    def survives(value: Any) -> None:
        one = known.made_of(Company)[row.name]
        try:
            kept = one.keep(value)
        except FieldError:
            assume(False)
        assume(kept is not None)

        typed = through_the_form(one, value, boss)
        sent = through_rest(one, typed, boss)
        text = exported(one, sent, boss)
        rules = {"Name": "name", "Value": {"field": one.name, "date": "ymd", "number": "point"}}
        job = run_import("companies", write(text), actor=boss, columns=rules, match=[])
        brought = Company.objects.filter(name="Brought").latest("pk")

        assert job.result["counts"]["created"] == 1, job.result
        assert [one.stored(record) for record in (typed, sent, brought)] == [kept] * 3

    survives()


def test_line_ends_of_browsers_are_no_change() -> None:
    made_field(Company, "long_text", key="it", label="It")
    one = known.made_of(Company)["cf_it"]

    assert one.keep("one\r\ntwo") == "one\ntwo"
    assert io.StringIO(one.text("one\ntwo")).read() == "one\ntwo"
