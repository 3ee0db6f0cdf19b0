"""What belongs to people and companies, and what becomes of it when they are merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from contacts import selectors
from contacts.models import PointKind
from crm.records.merging import Held, Left, hold, leave

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from contacts.models import Company

MAIN_OF = {str(PointKind.EMAIL): "email", str(PointKind.PHONE): "phone"}
PLACE = ("kind", "street", "city", "region", "postcode", "country")


def point_field(row: Any) -> str:
    """Return the field with which the main point of this kind is chosen."""
    return MAIN_OF.get(row.kind, "")


def sort_key_of(company: Any) -> Mapping[str, Any]:
    return {"company_sort": company.sort_name}


def settled_parent(company: Company, absorbed: Sequence[Company]) -> int | None:
    """Return a parent outside the companies that become one, and not below any of them."""
    one = {company.pk, *(other.pk for other in absorbed)}
    wanted = [company.parent_id, *(other.parent_id for other in absorbed)]
    known = {pk for pk in wanted if pk and pk not in one}
    above = selectors.parents_above(known) if known else {}
    for pk in wanted:
        if pk is None or pk in one:
            continue
        seen: set[int] = set()
        parent: int | None = pk
        while parent is not None and parent not in seen and parent not in one:
            seen.add(parent)
            parent = above.get(parent)
        if parent is None:
            return pk
    return None


def register() -> None:
    """Hand in all that people and companies keep in tables of their own."""
    for holder in ("person", "company"):
        hold(
            Held(
                "contacts.contactpoint",
                holder,
                same=("kind", "normalised"),
                fill=("label", "opted_out"),
                main="is_primary",
                main_by=("kind",),
                chosen_by=point_field,
            ),
            Held(
                "contacts.address",
                holder,
                same=PLACE,
                main="is_primary",
                chosen_by=lambda row: "city",
            ),
        )
    hold(
        Held(
            "contacts.employment",
            "person",
            same=("company_id", "ended_on"),
            fill=("title", "department", "started_on"),
            main="is_primary",
            chosen_by=lambda row: "company",
        ),
        Held(
            "contacts.employment",
            "company",
            same=("person_id", "ended_on"),
            fill=("title", "department", "started_on"),
            hands_over=("is_primary",),
            is_shown=False,
        ),
        Held("contacts.bankaccount", "company", same=("account", "bik"), main="is_primary"),
        Held("contacts.formentry", "record_id", type_column="type_id", is_shown=False, is_searched=False),
        Held("contacts.person", "company", label=_("people"), copies=sort_key_of),
        Held("contacts.company", "parent", label=_("subsidiaries")),
    )
    leave(Left("contacts.duplicatestale", "record_id", "Says only whose signs are to be read anew."))
    leave(Left("contacts.duplicatekey", "record_id", "Read anew from what the record holds."))
