"""Forms of deals and products, and the dialogs of winning, losing and moving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.identity.models import Organisation
from crm.lib import money
from crm.records.fields import Field, Kind
from crm.records.models import CurrencyRate
from crm.ui.fields import KindField, ReferenceField
from crm.ui.forms import ActionForm, RecordForm
from sales import gates
from sales.models import Deal, LostReason, Product, Stage, StageKind
from sales.selectors import first_stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from crm.records.drafts import ErrorNote

#: Only a closed deal has these.
OUTCOME = ("closed_at", "lost_reason", "lost_note")


def currencies(*kept: str) -> list[tuple[str, str]]:
    """Return the currencies in use: the base one, those with a rate, and those in ``kept``."""
    base = Organisation.load().base_currency
    rated = CurrencyRate.objects.order_by("currency").values_list("currency", flat=True).distinct()
    codes = dict.fromkeys([base, *rated, *(code for code in kept if code)])
    return [(code, money.label_of(code)) for code in codes]


def grouped_stages(user: Any, current: Stage | None = None) -> list[tuple[Any, Any]]:
    """Return the stages on offer; under the names of their pipelines where there are several."""
    offered = list(Stage.choices_for(user).select_related("pipeline"))
    if current is not None and current not in offered:
        offered.append(current)
    return grouped(offered)


def grouped(stages: Any) -> list[tuple[Any, Any]]:
    """Return stages as choices of a select."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for stage in stages:
        groups.setdefault(str(stage.pipeline), []).append((stage.pk, str(stage)))
    found: list[tuple[Any, Any]] = list(groups.items())
    return list(found[0][1]) if len(found) == 1 else found


class PricedForm(RecordForm):
    """A form with an amount, which offers the currencies in use."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("currency")
        if isinstance(field, forms.ChoiceField):
            current = self.initial.get("currency") or ""
            field.choices = currencies(current)
            self.initial["currency"] = current or Organisation.load().base_currency


class DealForm(PricedForm):
    """The form of a deal. What the chosen stage asks for appears when it is missing."""

    class Meta:
        model = Deal
        fields = (
            "company",
            "person",
            "name",
            "stage",
            "amount",
            "currency",
            "product",
            "expected_on",
            *OUTCOME,
            "next_step",
            "source",
            "owner",
            "team",
            "tags",
            "description",
        )
        quick = ("company", "product", "name", "amount", "stage", "expected_on")
        sections = (
            (_("Money"), ("amount", "currency", "product", "expected_on")),
            (_("Outcome"), OUTCOME),
            (_("More"), ("next_step", "source", "owner", "team", "tags", "description")),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        asked = kwargs.get("names")
        super().__init__(*args, **kwargs)
        if asked is None:
            self._leave_out()
        self._offer_stages()

    def _leave_out(self) -> None:
        """Leave out what only a closed, or a lost, deal has."""
        record, stage = self.record, self._posted_stage()
        is_closed = (record is not None and not record.is_open) or (stage is not None and not stage.is_open)
        is_lost = (record is not None and record.is_lost) or (
            stage is not None and stage.kind == StageKind.LOST
        )
        for name in OUTCOME:
            if not (is_closed if name == "closed_at" else is_lost):
                self.fields.pop(name, None)

    def _posted_stage(self) -> Stage | None:
        text = str(self.data.get("stage", "")) if self.is_bound else ""
        return Stage.objects.filter(pk=int(text)).first() if text.isdecimal() else None

    def _offer_stages(self) -> None:
        field = self.fields.get("stage")
        if isinstance(field, ReferenceField):
            current = self.record.stage if self.record is not None else None
            empty = [] if self.record is not None else [("", "—")]
            field.widget.choices = [*empty, *grouped_stages(self.user, current)]
            if self.record is None and not self.initial.get("stage"):
                self.initial["stage"] = first_stage(self.access)

    def take(self, errors: Mapping[str, Sequence[ErrorNote]]) -> None:
        """Show what was refused; what the stage asks for is asked in place."""
        for name, notes in errors.items():
            asked = any(note.code == gates.REQUIRED_BY_STAGE for note in notes)
            if asked and name not in self.fields:
                self._add(name, None)
        super().take(errors)


class ProductForm(PricedForm):
    """The form of a product."""

    class Meta:
        model = Product
        fields = (
            *("name", "code", "category", "series", "unit", "price", "currency", "tax", "period", "cost"),
            *("variant_of", "variant", "is_active", "description", "owner", "team"),
        )
        sections = (
            (_("Money"), ("price", "currency", "tax", "period", "cost")),
            (_("Variants"), ("variant_of", "variant")),
            (_("More"), ("is_active", "description", "owner", "team")),
        )
        quick = ("name", "code", "price", "currency")


class ClosingForm(ActionForm):
    """What both ways of closing ask: the day."""

    closed_on = forms.DateField(
        label=_("Closed on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closed_on"].initial = timezone.localdate()

    def clean_closed_on(self) -> date | None:
        """Refuse days to come; no day is today."""
        day: date | None = self.cleaned_data["closed_on"]
        if day is not None and day > timezone.localdate():
            raise forms.ValidationError(_("A deal can't have closed in the future."))
        return day


class WinForm(ClosingForm):
    """The dialog of winning: the amount, seen once more, and the day."""

    amount = KindField(Field("amount", "", Kind.MONEY), label=_("Amount"), required=False)
    field_order = ("amount", "closed_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(self.records) == 1:
            deal = self.records[0]
            field = self.fields["amount"]
            field.label = _("Amount, %(currency)s") % {"currency": deal.currency}
            field.initial = deal.amount
        else:
            del self.fields["amount"]


class LossForm(ClosingForm):
    """The dialog of losing: why, in the words of the list and in one's own."""

    lost_reason = forms.ModelChoiceField(label=_("Reason"), queryset=LostReason.objects.none())
    lost_note = forms.CharField(
        label=_("What happened"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ("lost_reason", "lost_note", "closed_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["lost_reason"]
        field.queryset = LostReason.choices_for(self.user)


class MoveForm(ActionForm):
    """The dialog of moving several deals: where to."""

    stage = forms.ModelChoiceField(label=_("Stage"), queryset=Stage.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["stage"]
        field.queryset = Stage.choices_for(self.user).filter(kind=StageKind.OPEN).select_related("pipeline")
        field.widget.choices = [("", "—"), *grouped(field.queryset)]
