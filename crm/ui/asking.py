"""The kinds of filter: how each reads the address, what it asks, and how it says so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import django_filters
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.models import Organisation
from crm.records.fields import Field, FieldError, Kind
from crm.records.models import Record
from crm.ui.formats import text_number
from crm.ui.periods import NAMED, Period, period_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.utils.functional import Promise

#: So many rows of a small table are offered as a plain list of boxes to tick.
FEW = 40
#: No amount or count that means anything is larger.
LARGEST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose in the filter panel."""

    value: str
    label: str
    is_chosen: bool = False


class RecordFilter(django_filters.Filter):  # type: ignore[misc]
    """A filter with one condition. ``parent`` is the set it belongs to."""

    in_panel = True
    #: Whether a condition may use it.
    in_tree = True
    several = False
    control = "options"

    def __init__(
        self,
        field_name: str | None = None,
        *,
        label: str | Promise | None = None,
        slow: bool = False,
        says: str | Promise = "",
        **extra: Any,
    ) -> None:
        """``says`` is how a sentence puts it, such as "done %(value)s"; else "label: value"."""
        super().__init__(field_name=field_name, label=label, **extra)
        self.slow = slow
        self.says = says

    @property
    def user(self) -> Any:
        return self.parent.user

    @property
    def at(self) -> datetime:
        at: datetime = self.parent.at
        return at

    @property
    def column(self) -> str:
        return str(self.field_name)

    @property
    def model_field(self) -> Any:
        """The model's field behind the first step of the filter's path."""
        return self.model._meta.get_field(self.column.split("__")[0])

    @property
    def caption(self) -> str:
        """The filter's name for a person."""
        if self._label is not None:
            return str(self._label)
        text = str(getattr(self.model_field, "verbose_name", self.column))
        return text[:1].upper() + text[1:]

    def read(self, data: Any, name: str) -> list[str]:
        """Return what the address says of this filter."""
        values = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        values = [values] if isinstance(values, str | int) else values
        return [text for text in (str(one).replace("\x00", "").strip() for one in values) if text]

    def parse(self, raw: Sequence[str]) -> Any:
        """Turn the address's text into a value; ValueError or nothing when it makes no sense."""
        return raw

    def parse_or_none(self, raw: Sequence[str]) -> Any:
        try:
            return self.parse(raw)
        except (ValueError, FieldError):
            return None

    def q(self, value: Any) -> Q:
        raise NotImplementedError

    def part(self, value: Any, *, slow: bool) -> Q:
        """Return what it asks of an index, or (``slow``) of a short list only."""
        return self.q(value) if self.slow is slow else Q()

    def filter(self, qs: models.QuerySet[Any], value: Any) -> models.QuerySet[Any]:
        return qs.filter(self.q(value)) if value else qs

    def sentence(self, value: Any) -> str:
        return str(value)

    def phrase(self, value: Any) -> str:
        """Say it as a part of a sentence: "industry: mining"."""
        text = self.sentence(value)
        if self.says:
            return str(self.says) % {"value": text}
        label = lowered(self.caption)
        return _("%(label)s: %(value)s") % {"label": label, "value": text} if text else label

    def options(self, value: Any) -> list[Option]:
        return []


class TextFilter(RecordFilter):
    """Part of a text."""

    control = "text"

    def q(self, value: Any) -> Q:
        return Q(**{f"{self.column}__icontains": value[0]})

    def sentence(self, value: Any) -> str:
        return _("contains “%(text)s”") % {"text": value[0]}


class ChoiceFilter(RecordFilter):
    """One or several of fixed choices."""

    several = True

    @property
    def labels(self) -> dict[str, str]:
        return {str(key): str(label) for key, label in self.model_field.flatchoices}

    def parse(self, raw: Sequence[str]) -> Any:
        return [one for one in raw if one in self.labels]

    def q(self, value: Any) -> Q:
        return Q(**{f"{self.column}__in": value})

    def sentence(self, value: Any) -> str:
        return _(" or ").join(self.labels[one] for one in value)

    def options(self, value: Any) -> list[Option]:
        return [Option(key, label, key in (value or ())) for key, label in self.labels.items()]


class YesNoFilter(RecordFilter):
    """Yes or no."""

    def parse(self, raw: Sequence[str]) -> Any:
        return {
            "yes": ["yes"],
            "1": ["yes"],
            "true": ["yes"],
            "no": ["no"],
            "0": ["no"],
            "false": ["no"],
        }.get(raw[0])

    def q(self, value: Any) -> Q:
        return Q(**{self.column: value == ["yes"]})

    def sentence(self, value: Any) -> str:
        return _("yes") if value == ["yes"] else _("no")

    def options(self, value: Any) -> list[Option]:
        return [Option("yes", _("Yes"), value == ["yes"]), Option("no", _("No"), value == ["no"])]


class RangeFilter(RecordFilter):
    """Numbers from .. to; either end may be open."""

    control = "range"

    def read(self, data: Any, name: str) -> list[str]:
        return super().read(data, name) or joined_ends(data, name)

    def parse(self, raw: Sequence[str]) -> Any:
        first, dots, last = raw[0].partition("..")
        ends = (_number(first), _number(last) if dots else _number(first))
        return None if ends == (None, None) else ends

    def q(self, value: Any) -> Q:
        first, last = value
        found = Q() if first is None else Q(**{f"{self.column}__gte": first})
        return found if last is None else found & Q(**{f"{self.column}__lte": last})

    def sentence(self, value: Any) -> str:
        first, last = (text_number(one) for one in value)
        if first and last:
            return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}
        return _("from %(value)s") % {"value": first} if first else _("up to %(value)s") % {"value": last}


class PeriodFilter(RecordFilter):
    """A period by name, or days from .. to; "none" where the date is empty."""

    control = "period"

    def read(self, data: Any, name: str) -> list[str]:
        """Free days count only where no name is chosen."""
        return super().read(data, name) or joined_ends(data, name)

    def parse(self, raw: Sequence[str]) -> Any:
        if raw[0] == "none":
            return "none"
        return period_of(raw[0], today=timezone.localtime(self.at).date(), fiscal=fiscal_month)

    def q(self, value: Any) -> Q:
        if value == "none":
            return Q(**{f"{self.column}__isnull": True})
        if isinstance(self.model_field, models.DateTimeField):
            first, end = value.moments()
            last, upto = end, "lt"
        else:
            first, last, upto = value.first, value.last, "lte"
        found = Q() if first is None else Q(**{f"{self.column}__gte": first})
        return found if last is None else found & Q(**{f"{self.column}__{upto}": last})

    def sentence(self, value: Any) -> str:
        return _("none") if value == "none" else str(value)

    def options(self, value: Any) -> list[Option]:
        chosen = value.name if isinstance(value, Period) else ""
        found = [Option(name, str(label), chosen == name) for name, (label, _days) in NAMED.items()]
        found += [Option("past", _("before today"), chosen == "past")]
        if chosen and chosen not in NAMED and chosen != "past":
            found.append(Option(chosen, str(value), is_chosen=True))
        if self.model_field.null:
            found.append(Option("none", _("none"), value == "none"))
        return found


class ReferenceFilter(RecordFilter):
    """One or several related records; "none" where there is none."""

    several = True
    words: ClassVar[Mapping[str, str | Promise]] = {"none": gettext_lazy("none")}

    @property
    def to(self) -> Any:
        return self.model_field.related_model

    @property
    def control(self) -> str:  # type: ignore[override]
        """A few rows are boxes to tick, many are searched for."""
        return (
            "remote" if issubclass(self.to, Record) or self.to._meta.label == "identity.User" else "options"
        )

    @property
    def choices_key(self) -> str:
        return str(self.to._meta.label_lower)

    def parse(self, raw: Sequence[str]) -> Any:
        return [one for one in raw if one in self.words or (one.isdecimal() and len(one) < 19)]

    def q(self, value: Any) -> Q:
        ids = [int(one) for one in value if one not in self.words]
        found = Q(**{f"{self.column}__in": ids}) if ids else Q()
        for word in value:
            if word in self.words:
                found |= self.q_word(word)
        return found

    def q_word(self, word: str) -> Q:
        return Q(**{f"{self.column}__isnull": True})

    def sentence(self, value: Any) -> str:
        return _(" or ").join(one.label for one in self.chosen(value))

    def chosen(self, value: Any) -> list[Option]:
        """Return what is chosen, by name; names of hidden records stay hidden."""
        ids = [int(one) for one in value or () if one not in self.words]
        names = {str(row.pk): str(row) for row in self.rows().filter(pk__in=ids)} if ids else {}
        labels = {**{key: str(label) for key, label in self.words.items()}, **names}
        return [Option(one, labels.get(one, _("unknown")), is_chosen=True) for one in value or ()]

    def rows(self) -> models.QuerySet[Any]:
        if issubclass(self.to, Record):
            rows: models.QuerySet[Any] = self.to.objects.visible_to(self.user)
            return rows
        found: models.QuerySet[Any] = self.to._default_manager.all()
        return found

    def options(self, value: Any) -> list[Option]:
        if self.control == "remote":
            rest = [Option(key, str(label)) for key, label in self.words.items() if key not in (value or ())]
            return [*self.chosen(value), *rest]
        rows = [Option(str(row.pk), str(row), str(row.pk) in (value or ())) for row in self.rows()[:FEW]]
        words = [Option(key, str(label), key in (value or ())) for key, label in self.words.items()]
        return [*rows, *words] if self.model_field.null else rows


class UserFilter(ReferenceFilter):
    """Colleagues; "me" is the viewer."""

    words: ClassVar[Mapping[str, str | Promise]] = {"me": gettext_lazy("me"), "none": gettext_lazy("nobody")}

    def q_word(self, word: str) -> Q:
        if word != "me":
            return super().q_word(word)
        # The system itself owns nothing.
        return Q(**{self.column: self.user.pk}) if self.user is not None else Q(pk__in=[])


def lowered(text: str) -> str:
    """Begin with a small letter, unless it is an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def joined_ends(data: Any, name: str) -> list[str]:
    """Read the two boxes of a form as one value."""
    first, last = (str(data.get(f"{name}_{end}", "")).strip() for end in ("min", "max"))
    return [f"{first}..{last}"] if first or last else []


def fiscal_month() -> int:
    return Organisation.load().fiscal_year_start


def _number(text: str) -> Decimal | None:
    found: Decimal | None = Field("", "", Kind.NUMBER).parse(text)
    if found is not None and abs(found) >= LARGEST:
        raise ValueError(text)
    return found
