"""What lists can be asked of custom fields: one filter per kind, made when a set of filters is.

A choice, a reference, yes and no are looked up in the index over all custom values. Ranges have
an index where the field is sortable; what has none is slow, and narrows short lists only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.db.models.lookups import GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.utils.translation import gettext as _

from crm.records.customfields import known
from crm.records.fields import Kind
from crm.ui.asking import (
    Option,
    PeriodFilter,
    RangeFilter,
    RecordFilter,
    ReferenceFilter,
    TextFilter,
    UserFilter,
    joined_ends,
)
from crm.ui.customsort import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crm.records.customfields.field import Made

NONE = "none"


class CustomFilter(RecordFilter):
    """Common ground: the label is the definition's, the values lie under its key."""

    made: Made

    @classmethod
    def of(cls, one: Made) -> Any:
        """Return the filter of a field."""
        found = cls(field_name=f"custom__{one.custom_key}")
        found.made = one
        found.slow = not one.is_indexed
        return found

    @property
    def caption(self) -> str:
        text = str(self.made.label)
        return text[:1].upper() + text[1:]

    def holding(self, value: Any) -> Q:
        """Return the condition that the field holds a value, in words that its index knows."""
        return Q(custom__contains={self.made.custom_key: value})

    @property
    def is_empty(self) -> Q:
        return Q(**{f"custom__{self.made.custom_key}__isnull": True})


class CustomText(CustomFilter, TextFilter):
    """Part of a text."""

    @classmethod
    def of(cls, one: Made) -> Any:
        found = super().of(one)
        found.slow = True
        return found


class CustomRange(CustomFilter, RangeFilter):
    """Numbers from .. to."""

    def q(self, value: Any) -> Q:
        first, last = value
        found, column = Q(), value_of(self.made)
        if first is not None:
            found &= Q(GreaterThanOrEqual(column, first))
        return found if last is None else found & Q(LessThanOrEqual(column, last))


class CustomTime(CustomFilter):
    """Hours from .. to; either end may be open."""

    control = "hours"

    def read(self, data: Any, name: str) -> list[str]:
        return super().read(data, name) or joined_ends(data, name)

    def parse(self, raw: Sequence[str]) -> Any:
        first, dots, last = raw[0].partition("..")
        ends = [self.made.keep(self.made.parse(text)) if text.strip() else None for text in (first, last)]
        ends = ends if dots else [ends[0], ends[0]]
        return None if ends == [None, None] else tuple(ends)

    def q(self, value: Any) -> Q:
        first, last = value
        found, column = Q(), value_of(self.made)
        if first is not None:
            found &= Q(GreaterThanOrEqual(column, first))
        # "Up to 17:00" takes in the seconds of that minute.
        return found if last is None else found & Q(LessThan(column, f"{last}~"))

    def ends(self, value: Any) -> tuple[str, str]:
        """Return both ends as their boxes hold them."""
        first, last = value or (None, None)
        return first or "", last or ""

    def sentence(self, value: Any) -> str:
        first, last = value
        if first and last:
            return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}
        return _("from %(value)s") % {"value": first} if first else _("up to %(value)s") % {"value": last}


class CustomPeriod(CustomFilter, PeriodFilter):
    """Days; kept as ISO text, they are compared as text."""

    def q(self, value: Any) -> Q:
        if value == NONE:
            return self.is_empty
        found, column = Q(), value_of(self.made)
        if value.first is not None:
            found &= Q(GreaterThanOrEqual(column, value.first.isoformat()))
        return found if value.last is None else found & Q(LessThanOrEqual(column, value.last.isoformat()))

    def options(self, value: Any) -> list[Option]:
        return [*super().options(value), Option(NONE, _("none"), value == NONE)]


class Asked(CustomFilter):
    """Some of several values, or none at all."""

    several = True

    @classmethod
    def of(cls, one: Made) -> Any:
        found = super().of(one)
        found.slow = False
        return found

    @property
    def known(self) -> dict[str, tuple[str, Any]]:
        """Return label and kept value of each, by how addresses call it."""
        return {str(key): (str(label), key) for key, label in self.made.choices}

    def parse(self, raw: Sequence[str]) -> Any:
        return [one for one in raw if one == NONE or one in self.known]

    def q(self, value: Any) -> Q:
        found = Q()
        for one in value:
            found |= self.is_empty if one == NONE else self.one(self.known[one][1])
        return found

    def one(self, kept: Any) -> Q:
        return self.holding(kept)

    def sentence(self, value: Any) -> str:
        return _(" or ").join(_("none") if one == NONE else self.known[one][0] for one in value)

    def options(self, value: Any) -> list[Option]:
        chosen = value or ()
        gone = {str(key) for key in self.made.retired} - set(chosen)
        found = [
            Option(key, label, key in chosen) for key, (label, _kept) in self.known.items() if key not in gone
        ]
        return [*found, Option(NONE, _("none"), NONE in chosen)]


class CustomChoices(Asked):
    """Any of several choices; what was one choice before the field took several is found too."""

    def one(self, kept: Any) -> Q:
        return self.holding([kept]) | self.holding(kept)


class CustomYesNo(Asked):
    @property
    def known(self) -> dict[str, tuple[str, Any]]:
        return {"yes": (_("yes"), True), "no": (_("no"), False)}

    def parse(self, raw: Sequence[str]) -> Any:
        same = {"1": "yes", "true": "yes", "0": "no", "false": "no"}
        return super().parse([same.get(one, one) for one in raw])


class CustomReference(CustomFilter, ReferenceFilter):
    """Records that the field may refer to."""

    @classmethod
    def of(cls, one: Made) -> Any:
        found = super().of(one)
        found.slow = False
        return found

    @property
    def to(self) -> Any:
        return self.made.to

    def q(self, value: Any) -> Q:
        found = Q()
        for one in value:
            found |= self.q_word(one) if one in self.words else self.holding(int(one))
        return found

    def q_word(self, word: str) -> Q:
        if word == "me":
            return self.holding(self.user.pk) if self.user is not None else Q(pk__in=[])
        return self.is_empty


class CustomUser(CustomReference):
    """Colleagues; "me" is the viewer."""

    words = UserFilter.words


BY_KIND: dict[Kind, type[CustomFilter]] = {
    Kind.NUMBER: CustomRange,
    Kind.MONEY: CustomRange,
    Kind.DATE: CustomPeriod,
    Kind.TIME: CustomTime,
    Kind.CHOICE: Asked,
    Kind.CHOICES: CustomChoices,
    Kind.YES_NO: CustomYesNo,
    Kind.REFERENCE: CustomReference,
    Kind.USER: CustomUser,
}


def custom_filters(model: Any) -> Iterator[tuple[str, CustomFilter]]:
    """Return the filters of a type's custom fields, by name."""
    for name, one in known.made_of(model).items():
        if one.kind is not Kind.FILE:
            yield name, BY_KIND.get(one.kind, CustomText).of(one)
