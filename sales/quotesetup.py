"""What every installation starts with for quotes: taxes, a template per language, who may see costs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crm.identity import access
from crm.identity.models import FieldLevel, FieldRule, Role
from sales.models import NumberSeries, Pipeline, Product, QuoteTemplate, Stage, StageKind, Tax
from sales.services.numbers import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Callable

TAXES = (
    ({"en": "No tax", "ru": "Без НДС"}, "0", False),
    ({"en": "VAT 20%", "ru": "НДС 20 %"}, "20", False),
    ({"en": "VAT 20%, included", "ru": "НДС 20 %, в цене"}, "20", True),
    ({"en": "VAT 10%", "ru": "НДС 10 %"}, "10", False),
)
TEMPLATES = {
    "en": (
        "Standard, English",
        "Prices hold until the day named above. Payment within 14 days of the invoice.",
    ),
    "ru": (
        "Обычный, русский",
        "Цены действуют до указанной выше даты. Оплата в течение 14 дней после счёта.",
    ),
}
#: Roles that sell or look on without seeing what products cost us, until an administrator says otherwise.
WITHOUT_COST = ("sales_rep", "support_agent", "support_lead", "marketer", "read_only")


def ensure_quote_defaults(language: str) -> None:
    """Make taxes, templates and number series where there are none."""
    if not Tax.objects.exists():
        Tax.objects.bulk_create(
            Tax(
                name=names[language],
                rate=Decimal(rate),
                is_included=is_included,
                is_default=place == 1,
                position=place,
            )
            for place, (names, rate, is_included) in enumerate(TAXES, start=1)
        )
        hide_costs()
        follow_stages()
    if not QuoteTemplate.objects.exists():
        QuoteTemplate.objects.bulk_create(
            QuoteTemplate(name=name, language=key, terms=terms, is_default=True)
            for key, (name, terms) in TEMPLATES.items()
        )
    known = set(NumberSeries.objects.values_list("kind", flat=True))
    NumberSeries.objects.bulk_create(
        NumberSeries(kind=kind, pattern=pattern) for kind, pattern in PATTERNS.items() if kind not in known
    )


def hide_costs() -> None:
    """Keep costs, and with them margins, from those who need not know them."""
    for role in Role.objects.filter(key__in=WITHOUT_COST):
        FieldRule.objects.get_or_create(
            role=role,
            record_type=Product.record_type.key,
            field="cost",
            defaults={"level": FieldLevel.HIDDEN},
        )
    access.changed()


def follow_stages() -> None:
    """Let deals of the first pipeline move when their quotes are sent."""
    for pipeline in Pipeline.objects.filter(is_default=True, sent_stage=None):
        stages = Stage.objects.filter(
            pipeline=pipeline, kind=StageKind.OPEN, name__in=("Proposal", "Предложение")
        )
        pipeline.sent_stage = stages.first()
        pipeline.save(update_fields=["sent_stage"])


def rename_quote_defaults(language: str, rename: Callable[[Any, dict[str, str], str], None]) -> None:
    """Name taxes in the company's language while they carry their first names."""
    for names, _rate, _included in TAXES:
        rename(Tax, names, language)
