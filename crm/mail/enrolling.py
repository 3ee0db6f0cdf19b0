"""The button that takes records up into a sequence: on their pages and for many in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.mail import sequences
from crm.mail.models import Sequence
from crm.mail.sending.building import CannotSend
from crm.ui.actions import Action

if TYPE_CHECKING:
    from collections.abc import Sequence as Several
    from datetime import datetime

#: Types of records that one writes to.
SLUGS = frozenset({"people", "companies", "deals", "leads"})


class EnrolForm(forms.Form):
    """Asks which sequence."""

    sequence = forms.ModelChoiceField(Sequence.objects.none(), label=gettext_lazy("Sequence"))

    def __init__(self, *args: Any, records: Any = None, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Sequence.objects.filter(is_active=True).order_by("name")
        self.fields["sequence"].queryset = rows  # type: ignore[attr-defined]


def enrol(
    *, records: Several[Any], actor: Any, at: datetime, sequence: Sequence, via: str = "page", job: Any = None
) -> None:
    """Take records up; say so when none could be.

    Raises:
        ValidationError: with the reason.
    """
    try:
        found = sequences.enrol(records=list(records), actor=actor, at=at, sequence=sequence)
    except CannotSend as wrong:
        raise ValidationError(str(wrong)) from None
    if not found:
        raise ValidationError(_("Nobody was taken up: no address, or in this sequence already."))


ACTION = Action(
    name="enrol",
    verb=enrol,
    label=gettext_lazy("Start a sequence"),
    icon="mail-share",
    form=EnrolForm,
    permission="change",
    bulk=True,
    done=gettext_lazy("The sequence has begun."),
)


def for_lists(model: Any) -> Action | None:
    """Offer it in the bulk bar of those whom one writes to."""
    return ACTION if model.record_type.slug in SLUGS else None
