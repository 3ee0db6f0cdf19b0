"""A custom field as every door sees it: a ``Field`` whose kind decides how values are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm.records.customfields.naming import sort_name
from crm.records.fields import Field, FieldError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm.records.customfields.plain import CustomKind
    from crm.records.models import CustomField


@dataclass(frozen=True, slots=True)
class Made(Field):
    """A field that an administrator made. ``of`` tells how its values behave."""

    definition: CustomField = field(default=None, compare=False)  # type: ignore[assignment]
    of: CustomKind = field(default=None, compare=False)  # type: ignore[assignment]

    @property
    def is_indexed(self) -> bool:
        """Whether lists of any length can be sorted by it, and asked for ranges."""
        return bool(self.definition.sort_index) and self.definition.sort_index == sort_name(self)

    def value(self, record: Any) -> Any:
        """Return the value on ``record``: a record for a reference, a Decimal for a number."""
        stored = record.custom.get(self.custom_key)
        return self.empty if stored is None else self.of.load(self, stored, record)

    def stored(self, record: Any) -> Any:
        """Return the value as ``record.custom`` holds it; None for nothing."""
        return record.custom.get(self.custom_key)

    def parse(self, text: str, *, hints: Mapping[str, Any] | None = None) -> Any:
        text = text.strip()
        if not text:
            return self.empty
        value = self.of.parse(self, text, hints or {})
        if self.max_length and isinstance(value, str):
            self.of.check_length(self, value)
        return value

    def keep(self, value: Any) -> Any:
        """Return ``value`` as ``record.custom`` keeps it; None when it is nothing.

        Raises:
            FieldError: when it is no value of this field.
        """
        if value is None or value == "" or value == []:
            return None
        try:
            return self.of.keep(self, value)
        except (TypeError, ValueError, ArithmeticError) as refused:
            if isinstance(refused, FieldError):
                raise
            raise FieldError(str(refused)) from refused

    def text(self, value: Any) -> str:
        return "" if value is None or value in ("", []) else self.of.text(self, value)

    def json(self, value: Any) -> Any:
        """Return the value as REST and events hold it: exactly as it is kept."""
        if value is None or value == "" or value == []:
            return self.empty
        return self.of.json(self, value)
