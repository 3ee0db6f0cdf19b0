"""The database's own rules, asked as seldom as possible and told in words.

Check constraints are left to the statement that writes: asking each beforehand would cost three
queries a rule. What must be unique is asked before, since the answer names the field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db import IntegrityError

    from crm.records.drafts import Draft


def check_unique(draft: Draft[Any]) -> None:
    """Put errors on a draft that would double what must be unique."""
    model = type(draft.record)
    for one in model._meta.constraints:
        if isinstance(one, models.UniqueConstraint) and _is_touched(one, draft):
            try:
                one.validate(model, draft.record)
            except ValidationError as refused:
                draft.take(refused)


def take(draft: Draft[Any], refused: IntegrityError) -> None:
    """Put what the database refused on a draft, in the words of the constraint."""
    diagnosis = getattr(refused.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", "") or ""
    known = {one.name: one for one in type(draft.record)._meta.constraints}
    one = known.get(name)
    if one is None:
        draft.error("__all__", _("The database refused this: %(rule)s.") % {"rule": name}, code="integrity")
        return
    fields: tuple[str, ...] = getattr(one, "fields", ())
    field = fields[0] if len(fields) == 1 else "__all__"
    draft.error(field, str(one.get_violation_error_message()), code="integrity")


def _is_touched(one: models.UniqueConstraint, draft: Draft[Any]) -> bool:
    return draft.is_new or any(draft.has_changed(name) for name in _names(one))


def _names(one: models.UniqueConstraint) -> Iterator[str]:
    yield from one.fields
    for expression in one.expressions:
        parts: Any = expression.flatten()  # type: ignore[union-attr]
        yield from (str(vars(part)["name"]) for part in parts if isinstance(part, models.F))


def check_required(draft: Draft[Any]) -> None:
    """Put errors on a draft that lacks a reference which every record has."""
    for model_field in draft.record._meta.concrete_fields:
        if (
            model_field.is_relation
            and not model_field.null
            and getattr(draft.record, model_field.attname) is None
        ):
            draft.error(model_field.name, _("This field is required."), code="required")


def growing_choices(model: type[models.Model]) -> dict[str, set[Any]]:
    """Return choices given as a callable, read once per set: Django would read them for each record."""
    return {
        one.name: {value for value, _label in one.flatchoices}
        for one in model._meta.concrete_fields
        if isinstance(one.choices, CallableChoiceIterator)
    }
