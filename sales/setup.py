"""What every installation starts with: one pipeline and the usual reasons for losing.

Named in the organisation's language. Files may call the stages by either language's names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction

from crm.identity.models import Organisation
from crm.records import due, events
from sales import answering
from sales.models import DropReason, LostReason, Pipeline, ResponseClock, Stage, StageColor, StageKind
from sales.quotesetup import ensure_quote_defaults, rename_quote_defaults

if TYPE_CHECKING:
    from django.apps import AppConfig


@dataclass(frozen=True, slots=True)
class StageSeed:
    """One stage as it is first made."""

    names: dict[str, str]
    kind: StageKind
    probability: int
    color: StageColor
    rot_days: int | None = None
    needs: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


PIPELINE = {"en": "Sales", "ru": "Продажи"}
STAGES = (
    StageSeed(
        {"en": "Prospecting", "ru": "Новая"},
        StageKind.OPEN,
        10,
        StageColor.BLUE,
        rot_days=30,
        also=("New", "Lead in", "Prospect", "Первичный контакт"),
    ),
    StageSeed(
        {"en": "Engaging", "ru": "В работе"},
        StageKind.OPEN,
        40,
        StageColor.AZURE,
        rot_days=21,
        also=("Qualified", "Qualification", "Contacted", "In progress", "Квалификация"),
    ),
    StageSeed(
        {"en": "Proposal", "ru": "Предложение"},
        StageKind.OPEN,
        60,
        StageColor.PURPLE,
        rot_days=14,
        needs=("amount",),
        also=("Proposal made", "Proposal sent", "Quote sent", "Коммерческое предложение", "КП"),
    ),
    StageSeed(
        {"en": "Negotiation", "ru": "Переговоры"},
        StageKind.OPEN,
        80,
        StageColor.ORANGE,
        rot_days=14,
        needs=("amount", "expected_on"),
        also=("Negotiations", "Contract", "Согласование договора"),
    ),
    StageSeed(
        {"en": "Won", "ru": "Выиграна"},
        StageKind.WON,
        100,
        StageColor.GREEN,
        also=("Closed won", "Успешно реализовано", "Выиграно"),
    ),
    StageSeed(
        {"en": "Lost", "ru": "Проиграна"},
        StageKind.LOST,
        0,
        StageColor.RED,
        also=("Closed lost", "Закрыто и не реализовано", "Проиграно"),
    ),
)
#: In order; the last one stands for "nobody wrote it down" and is counted apart.
REASONS = (
    {"en": "Price", "ru": "Цена"},
    {"en": "Chose a competitor", "ru": "Выбрали конкурента"},
    {"en": "No budget", "ru": "Нет бюджета"},
    {"en": "No need any more", "ru": "Отпала потребность"},
    {"en": "Stopped answering", "ru": "Перестали отвечать"},
    {"en": "Bad timing", "ru": "Не вовремя"},
    {"en": "Something is missing", "ru": "Чего-то не хватает"},
    {"en": "Other", "ru": "Другое"},
    {"en": "Not recorded", "ru": "Не указана"},
)
UNCOUNTED = REASONS[-1]
#: Why leads are dropped; the last one is spam.
DROP_REASONS = (
    {"en": "No need", "ru": "Нет потребности"},
    {"en": "No money", "ru": "Нет денег"},
    {"en": "Can't be reached", "ru": "Не удалось связаться"},
    {"en": "Not our customer", "ru": "Не наш клиент"},
    {"en": "Already a customer", "ru": "Уже клиент"},
    {"en": "Other", "ru": "Другое"},
    {"en": "Spam", "ru": "Спам"},
)
SPAM = DROP_REASONS[-1]


def register_work() -> None:
    """Say what is due every night, and which changes of the company's settings deals follow."""
    due.every_day("deal_rates", hour=0, minute=5)
    due.every_day("deal_snapshot", hour=0, minute=10)
    due.every_day("learn_score", hour=1, minute=40)
    due.every_day("quote_expiry", hour=0, minute=15)
    for verb in ("created", "updated", "deleted"):
        events.subscribe(f"currencyrate.{verb}", "sales.tasks.on_rates_changed")
    events.subscribe("organisation.updated", "sales.tasks.on_organisation_changed")
    for name in answering.TOUCHES:
        events.subscribe(name, "sales.tasks.on_lead_touched")
    for name in answering.MOVED_BY:
        events.subscribe(name, "sales.tasks.on_clocks_changed")
    for kind in ("company", "person"):
        events.subscribe(f"{kind}.updated", "sales.tasks.on_customer_changed")


def after_migrate(sender: AppConfig, **_kwargs: Any) -> None:
    """Run once per ``migrate``; not when the tables were just taken away."""
    if {Pipeline._meta.db_table, ResponseClock._meta.db_table} <= set(connection.introspection.table_names()):
        ensure_defaults()


def ensure_defaults() -> None:
    """Make the first pipeline and the reasons where there are none."""
    language = house_language()
    with transaction.atomic():
        if not Pipeline.objects.exists():
            make_pipeline(language)
        if not LostReason.objects.exists():
            LostReason.objects.bulk_create(
                LostReason(name=names[language], position=place, counted=names is not UNCOUNTED)
                for place, names in enumerate(REASONS, start=1)
            )
        if not DropReason.objects.exists():
            DropReason.objects.bulk_create(
                DropReason(name=names[language], position=place, is_spam=names is SPAM)
                for place, names in enumerate(DROP_REASONS, start=1)
            )
        if not ResponseClock.objects.exists():
            ResponseClock.objects.create()
    ensure_quote_defaults(language)


def make_pipeline(language: str) -> Pipeline:
    """Make the default pipeline with its stages."""
    pipeline = Pipeline.objects.create(name=PIPELINE[language], position=1, is_default=True)
    Stage.objects.bulk_create(
        Stage(
            pipeline=pipeline,
            name=seed.names[language],
            kind=seed.kind,
            position=place,
            probability=seed.probability,
            rot_days=seed.rot_days,
            required_fields=list(seed.needs),
            color=seed.color,
            also_called=[*(name for key, name in seed.names.items() if key != language), *seed.also],
        )
        for place, seed in enumerate(STAGES, start=1)
    )
    return pipeline


def house_language() -> str:
    """Return the language in which the house names things: "en" or "ru"."""
    chosen = {Organisation.load().language, settings.LANGUAGE_CODE[:2]}
    return "ru" if "ru" in chosen else "en"


def rename_defaults(language: str) -> None:
    """Name in ``language`` what still carries its first name in another one."""
    if language not in PIPELINE:
        return
    with transaction.atomic():
        rename(Pipeline, PIPELINE, language)
        for seed in STAGES:
            rename(Stage, seed.names, language)
        for names in REASONS:
            rename(LostReason, names, language)
        for names in DROP_REASONS:
            rename(DropReason, names, language)
        rename_quote_defaults(language, rename)


def rename(model: Any, names: dict[str, str], language: str) -> None:
    """Give rows that carry a first name the one of ``language``, unless it is taken."""
    others = [name for key, name in names.items() if key != language]
    if not model.objects.filter(name__iexact=names[language]).exists():
        model.objects.filter(name__in=others).update(name=names[language])
