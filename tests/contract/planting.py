"""Secrets planted into fields, and a colleague from whom one field is hidden."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from crm.identity.models import FieldRule
from crm.records import registry
from crm.records.fields import Field, Kind, declared_fields
from tests.contract.samples import make
from tests.factories.identity import builtin_role, person, rights_changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.identity.models import Team, User
    from crm.records.registry import RecordType

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
    | {"lost_note", "number", "discount"}
)


def cases() -> Iterator[Any]:
    for record_type in registry.types():
        titled = registry.service_for(record_type.model).titled
        for one in declared_fields(record_type.model).values():
            fits = one.writable and not one.choices and (one.kind in PLANTED or one.name in SEVERAL)
            if fits and one.name not in titled | UNPLANTABLE:
                yield pytest.param(record_type, one, id=f"{record_type.slug}.{one.name}")


def limited(team: Team | None, record_type: RecordType, field: str, level: str) -> User:
    """Make a colleague who may do all with a type, but for one field."""
    user = person("lena", role="administrator", team=team, full_name="Lena Limited")
    role = builtin_role("administrator")
    FieldRule.objects.create(role=role, record_type=record_type.key, field=field, level=level)
    rights_changed()
    return user


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
