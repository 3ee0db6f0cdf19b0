"""Writing deals: what a new one starts with, what its stage asks for, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, models
from django.db.models import OuterRef
from django.utils.translation import gettext as _

from contacts.models import Company, Person
from crm.identity.models import Membership, Organisation
from crm.lib.names import sort_key
from crm.records.events import Happening, emit_many
from crm.records.services import RecordService
from sales import history, valuing
from sales.models import Deal, DealPerson, Lead, Product
from sales.placing import CLOSING_EVENTS, Placing
from sales.selectors import catalogue
from sales.services import deallines
from sales.services.lines import DISCOUNTS, LINES
from sales.services.people import DROP, PUT, note_people, write_people
from sales.services.synonyms import DEAL_SYNONYMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crm.records.drafts import Draft, WriteContext
    from crm.records.registry import Ref

NUMBERS = "SELECT nextval('sales_deal_number_seq') FROM generate_series(1, %s)"
NEXT_NUMBERS = (
    "SELECT last_value + CASE WHEN is_called THEN n ELSE n - 1 END"
    " FROM sales_deal_number_seq, generate_series(1, %s) n"
)


class DealService(RecordService[Deal]):
    """The one way in which deals are written."""

    model = Deal
    internal: ClassVar[frozenset[str]] = frozenset(
        {"sort_name", "board_rank", "base_minor", "is_open", "amount_from_lines"}
    )
    commands: ClassVar[frozenset[str]] = frozenset({PUT, DROP, LINES, DISCOUNTS})
    filled: ClassVar[frozenset[str]] = frozenset({"pipeline", "stage"})
    money: ClassVar[tuple[str, ...]] = ("amount",)
    covers: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "amount": ("base_minor", "weighted", "rate"),
        "probability": ("weighted",),
        "stage": ("probability", "status"),
    }
    titled: ClassVar[frozenset[str]] = frozenset({"name"})
    searched: ClassVar[frozenset[str] | None] = frozenset(
        {"name", "number", "company", "person", "product", "next_step"}
    )
    synonyms: ClassVar[Mapping[str, tuple[str, ...]]] = DEAL_SYNONYMS

    def prepare(self, drafts: Sequence[Draft[Deal]], ctx: WriteContext) -> None:
        """Give new deals what they lack, move deals by the rules of their stages, and value them."""
        organisation = Organisation.load()
        fresh = [draft for draft in drafts if draft.is_new]
        self._number(fresh, ctx)
        self._give_team(drafts)
        placing = Placing(catalogue(), ctx, ZoneInfo(organisation.time_zone))
        for draft in drafts:
            placing.place(draft)
            deal = draft.record
            pipeline = placing.catalogue.pipelines.get(deal.pipeline_id or 0)
            deal.currency = (
                deal.currency or (pipeline.currency if pipeline else "") or organisation.base_currency
            )
        deallines.plan(drafts, ctx)
        valuing.value(drafts, ctx.at, organisation)
        check_telling(drafts, ctx)
        self._name(drafts)
        note_people(drafts)
        if ctx.via == "import":
            # Nobody has touched an imported deal since it came into its stage.
            for draft in fresh:
                draft.record.last_touch_at = draft.record.stage_entered_at or ctx.at

    def after_save(self, drafts: Sequence[Draft[Deal]], ctx: WriteContext) -> None:
        """Write stays in stages, the people of the deal, and the past of imported ones."""
        history.write_stays(drafts, ctx)
        deallines.write(drafts)
        self._add_people(drafts, ctx)
        write_people(drafts, ctx)
        if ctx.via == "import":
            self._tell_past(drafts, ctx)

    def links(self, record: Deal) -> Iterable[Ref]:
        """Show a deal's events on the pages of its company and its people."""
        if record.company_id is not None:
            yield Company.record_type.ref(record.company_id)
        people = set(people_ids(record))
        if record.person_id is not None:
            people.add(record.person_id)
        for pk in sorted(people):
            yield Person.record_type.ref(pk)
        for pk in lead_ids(record):
            yield Lead.record_type.ref(pk)

    def subtitle(self, record: Deal) -> str:
        return str(record.company or record.person or "")

    def search_text(self, record: Deal) -> str:
        parts = (record.number, record.company, record.person, record.product, record.next_step)
        return " ".join(str(part) for part in parts if part)

    def for_search(self, records: models.QuerySet[Deal]) -> models.QuerySet[Deal]:
        rows = DealPerson.objects.filter(deal=OuterRef("pk")).values("person_id")
        leads = Lead.objects.filter(deal=OuterRef("pk")).values("pk")
        return records.select_related("company", "person", "product").annotate(
            people_ids=ArraySubquery(rows), lead_ids=ArraySubquery(leads)
        )

    # What a new deal starts with.

    def _number(self, fresh: Sequence[Draft[Deal]], ctx: WriteContext) -> None:
        """Number new deals in the order in which they come."""
        if not fresh:
            return
        with connection.cursor() as cursor:
            # A check takes everything back, but a number once taken is gone.
            cursor.execute(NEXT_NUMBERS if ctx.is_trial else NUMBERS, [len(fresh)])
            numbers = [number for (number,) in cursor.fetchall()]
        for draft, number in zip(fresh, numbers, strict=True):
            draft.record.number = number

    def _give_team(self, drafts: Sequence[Draft[Deal]]) -> None:
        """Let the team follow the owner, unless somebody named one."""
        following = [
            draft
            for draft in drafts
            if draft.record.owner_id and "team" not in draft.changes and draft.has_changed("owner")
        ]
        teams = primary_teams({draft.record.owner_id for draft in following})
        for draft in following:
            draft.record.team_id = teams.get(draft.record.owner_id or 0)

    def _name(self, drafts: Sequence[Draft[Deal]]) -> None:
        """Name deals that nobody named after company and product."""
        nameless = [draft.record for draft in drafts if not draft.record.name]
        companies = texts_of(Company, {deal.company_id for deal in nameless})
        products = texts_of(Product, {deal.product_id for deal in nameless})
        people = texts_of(Person, {deal.person_id for deal in nameless if not deal.company_id})
        for deal in nameless:
            customer = companies.get(deal.company_id) or people.get(deal.person_id)
            product = products.get(deal.product_id)
            if customer and product:
                deal.name = f"{customer} · {product}"[:250]
            else:
                known = customer or product or _("Deal")
                deal.name = f"{known} · {deal.number}"[:250]
        for draft in drafts:
            draft.record.sort_name = sort_key(draft.record.name)[:250]

    # What belongs to a deal in other tables.

    def _add_people(self, drafts: Sequence[Draft[Deal]], ctx: WriteContext) -> None:
        """Put the contact person among the people of the deal."""
        wanted = [
            draft.record
            for draft in drafts
            if draft.record.person_id and (draft.is_new or "person_id" in draft.before)
        ]
        if not wanted:
            return
        rows = DealPerson.objects.filter(deal__in=[deal.pk for deal in wanted])
        there = set(rows.values_list("deal_id", "person_id"))
        made = DealPerson.objects.bulk_create(
            [
                DealPerson(deal=deal, person_id=deal.person_id)
                for deal in wanted
                if deal.person_id and (deal.pk, deal.person_id) not in there
            ]
        )
        for row in made:
            ctx.journal.created(row)

    def _tell_past(self, drafts: Sequence[Draft[Deal]], ctx: WriteContext) -> None:
        """Put the closing of deals that come in closed into the timelines, on the day it happened."""
        closed = [draft.record for draft in drafts if draft.is_new and not draft.record.is_open]
        happenings = [
            Happening(
                name=CLOSING_EVENTS[deal.status],  # type: ignore[index]
                ref=deal.ref,
                title=deal.name,
                at=deal.closed_at,
                data={
                    "from": "",
                    "to": deal.stage.name,
                    "to_id": deal.stage_id,
                    "amount": str(deal.amount) if deal.amount is not None else None,
                    "currency": deal.currency,
                },
                links=[Company.record_type.ref(deal.company_id)] if deal.company_id else [],
            )
            for deal in closed
        ]
        # Whoever brings the file did not win the deal.
        emit_many(happenings, actor=None, via=ctx.via, job=ctx.job, run_rules=False)


def people_ids(record: Any) -> list[int]:
    """Return the people of a deal; ``for_search`` brings them along for a whole set."""
    known: list[int] | None = getattr(record, "people_ids", None)
    return known if known is not None else list(record.deal_people.values_list("person_id", flat=True))


def lead_ids(record: Any) -> list[int]:
    """Return the leads that a deal came of, on whose pages its events stand too."""
    known: list[int] | None = getattr(record, "lead_ids", None)
    return known if known is not None else list(record.leads.values_list("pk", flat=True))


def primary_teams(owner_ids: Iterable[int | None]) -> dict[int, int]:
    """Return the main team of each of these people."""
    ids = [pk for pk in owner_ids if pk]
    rows = (
        Membership.objects.filter(user__in=ids, team__is_active=True).order_by("is_primary", "-pk")
        if ids
        else ()
    )
    return {row.user_id: row.team_id for row in rows}


def texts_of(model: type[models.Model], ids: Iterable[int | None]) -> dict[int | None, str]:
    """Return the names of some records by id, with one query."""
    wanted = [pk for pk in ids if pk is not None]
    rows = model._base_manager.filter(pk__in=wanted) if wanted else ()
    return {row.pk: str(row) for row in rows}


def check_telling(drafts: Sequence[Draft[Deal]], ctx: WriteContext) -> None:
    """Refuse deals of which nobody could tell what they are: neither named nor with a customer.

    A file may bring deals of a product whose customer was never written down.
    """
    is_person = ctx.actor is not None and ctx.by_hand
    for draft in drafts:
        deal = draft.record
        customer = deal.company_id or deal.person_id or (None if is_person else deal.product_id)
        if not deal.name.strip() and customer is None:
            draft.error("name", _("Give the deal a name, a company or a person."), code="required")
