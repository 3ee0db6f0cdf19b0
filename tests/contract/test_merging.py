"""Whatever refers to a record that can be merged goes along, or somebody has said why it stays."""

from __future__ import annotations

import pytest

from crm.records import registry
from crm.records.merging import declared, held_of, references

MERGEABLE = [one for one in registry.types() if hasattr(one.model, "all_objects")]


@pytest.mark.parametrize("record_type", MERGEABLE, ids=lambda one: one.slug)
def test_every_reference_has_its_say_in_a_merge(record_type: registry.RecordType) -> None:
    if not registry.service_for(record_type.model).mergeable:
        pytest.skip("records of this type are not merged")

    forgotten = references(record_type.model) - declared()

    assert not forgotten, f"say in merging.hold or merging.leave what becomes of {sorted(forgotten)}"


def test_what_is_held_exists() -> None:
    for record_type in MERGEABLE:
        for one in held_of(record_type.model):
            assert one.column
            assert one.title
