"""What the database refuses is told in words, beside the field where one is to blame."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.records.drafts import RecordErrors
from crm.records.registry import service_for
from sales.models import Product

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def product(**values: Any) -> Product:
    row = {"name": "Thing", **values}
    made: Product = service_for(Product).create([row], actor=None, at=timezone.now())[0].record
    return made


def test_a_doubled_code_is_refused_with_a_sentence(root: User) -> None:
    product(code="A-1")
    other = product(code="A-2")

    with pytest.raises(RecordErrors) as refused:
        service_for(Product).update([other], {"code": "a-1"}, actor=root, at=timezone.now())

    assert "There is a product with this code already." in str(refused.value)


def test_a_broken_rule_is_told_and_nothing_is_written(root: User) -> None:
    thing = product(price=Decimal(5))

    with pytest.raises(RecordErrors):
        service_for(Product).update([thing], {"price": Decimal(-5)}, actor=root, at=timezone.now())

    thing.refresh_from_db()
    assert (thing.price, thing.version) == (Decimal(5), 1)


def test_of_many_only_the_bad_ones_are_refused(root: User) -> None:
    product(code="A-1")
    rows = [
        {"name": "Fine", "code": "B-1"},
        {"name": "Double", "code": "A-1"},
        {"name": "Fine too", "code": "B-2"},
    ]

    drafts = service_for(Product).create(rows, actor=root, at=timezone.now(), via="import", partial=True)

    assert [draft.outcome for draft in drafts] == ["created", "error", "created"]


def test_saving_asks_only_for_what_changed(root: User) -> None:
    thing = product(code="A-1")

    with CaptureQueriesContext(
        connection,
    ) as captured:
        service_for(Product).update([thing], {"description": "New"}, actor=root, at=timezone.now())

    assert len(captured) <= 16
