"""What files of people and companies look like, and by what their rows are recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contacts.models import ContactPoint, PointKind
from crm.identity.models import Organisation
from crm.lib import phones
from crm.records.importing.targets import Profile, register_profile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def register() -> None:
    """Hand in the profiles of people and companies."""
    register_profile(
        "contacts.person",
        Profile(
            keys=(("email",), ("phone",), ("name", "company"), ("last_name", "first_name")),
            lookups={
                "email": by_point("person", PointKind.EMAIL),
                "phone": by_point("person", PointKind.PHONE),
            },
            numbered_name="Client {row}",
        ),
    )
    register_profile(
        "contacts.company",
        Profile(
            keys=(("inn",), ("vat",), ("name",)),
            lookups={
                "email": by_point("company", PointKind.EMAIL),
                "phone": by_point("company", PointKind.PHONE),
            },
        ),
    )


def by_point(holder: str, kind: str) -> Callable[[Sequence[str]], dict[str, set[int]]]:
    """Find people or companies by any of their e-mails or phones, the main one or not."""

    def find(texts: Sequence[str]) -> dict[str, set[int]]:
        region = Organisation.load().country if kind == PointKind.PHONE else ""
        forms = {text: _compared(text, kind, region) for text in texts}
        rows = ContactPoint.objects.filter(
            kind=kind,
            normalised__in=set(forms.values()),
            **{f"{holder}__isnull": False, f"{holder}__deleted_at": None},
        ).values_list("normalised", f"{holder}_id")
        ids: dict[str, set[int]] = {}
        for normalised, pk in rows:
            ids.setdefault(normalised, set()).add(pk)
        return {text: ids[form] for text, form in forms.items() if form in ids}

    return find


def _compared(text: str, kind: str, region: str) -> str:
    if kind == PointKind.EMAIL:
        return text.removeprefix("mailto:").lower()
    return phones.normalise(text, region) or phones.digits(text)
