"""Writing companies: names, tax numbers with their check digits, the group's tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import domains, merging, selectors
from contacts.models import BankAccount, Company, Person
from contacts.services import banks, rows
from contacts.services.fields import (
    COMPANY_SYNONYMS,
    PHONE,
    POINTS,
    country_field,
    read_points_in_words,
    shown_only,
)
from contacts.services.holders import REACHED, HolderService, both_scripts
from crm.identity.models import Organisation
from crm.lib import money, names, queue, taxids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.utils.functional import Promise

    from crm.records.drafts import Draft, WriteContext
    from crm.records.fields import Field
    from crm.records.registry import Ref

#: field → (check, what is said when it fails)
NUMBERS: dict[str, tuple[Callable[[str], bool], str | Promise]] = {
    "inn": (
        taxids.is_inn,
        gettext_lazy("This INN is wrong: it has 10 or 12 digits, the last of which must fit."),
    ),
    "kpp": (taxids.is_kpp, gettext_lazy("A KPP has 9 digits.")),
    "ogrn": (
        taxids.is_ogrn,
        gettext_lazy("This OGRN is wrong: it has 13 or 15 digits, the last of which must fit."),
    ),
    "vat": (taxids.is_vat, gettext_lazy("This is no VAT number of the country it begins with.")),
}


class CompanyService(HolderService[Company]):
    """Every write of companies."""

    model = Company
    covers: ClassVar = {
        **HolderService.covers,
        "annual_revenue": ("revenue_currency",),
        "domains": ("website",),
        "website": ("domains",),
    }
    titled: ClassVar[frozenset[str]] = frozenset({"name"})
    searched = titled | REACHED | {"legal_name", "industry", "city", "domains", "inn", "ogrn", "vat", "tags"}
    internal = frozenset({"sort_name"})
    money = ("annual_revenue",)
    named: ClassVar = ("industry",)
    synonyms: ClassVar = COMPANY_SYNONYMS
    together: ClassVar = {
        gettext_lazy("place"): ("city", "country"),
        gettext_lazy("revenue"): ("annual_revenue", "revenue_currency"),
        gettext_lazy("ownership"): ("owner", "team"),
    }

    def extra_fields(self) -> Sequence[Field]:
        return (
            PHONE,
            country_field(),
            *POINTS,
            shown_only(
                "contact_points", gettext_lazy("contact points"), read_points_in_words, "contact_points"
            ),
            shown_only("addresses", gettext_lazy("addresses"), read_addresses, "addresses"),
            shown_only("bank_accounts", gettext_lazy("bank accounts"), read_accounts, "bank_accounts"),
        )

    def prepare(self, drafts: Sequence[Draft[Company]], ctx: WriteContext) -> None:
        for draft in drafts:
            _name(draft)
            _web(draft)
            _numbers(draft)
            _revenue(draft, ctx)
        super().prepare(drafts, ctx)
        banks.plan(drafts)
        _judge_parents([draft for draft in drafts if not draft.is_new and draft.has_changed("parent")])

    def after_save(self, drafts: Sequence[Draft[Company]], ctx: WriteContext) -> None:
        super().after_save(drafts, ctx)
        rows.write(BankAccount, drafts, ctx)
        self._renamed([draft.record.pk for draft in drafts if not draft.is_new and "name" in draft.before])

    def before_merge(self, draft: Draft[Company], absorbed: Sequence[Company]) -> None:
        draft.record.parent_id = merging.settled_parent(draft.record, absorbed)

    def taken_back(self, records: Sequence[Company], *, removed: bool) -> None:
        if not removed:
            self._renamed([company.pk for company in records])

    def _renamed(self, ids: Sequence[int]) -> None:
        """Keep what people carry of their company's name: the sort key now, the search soon."""
        if not ids:
            return
        names_now = Company.all_objects.filter(pk=OuterRef("company_id")).values("sort_name")[:1]
        Person.all_objects.filter(company__in=ids).update(company_sort=Subquery(names_now))
        queue.enqueue("contacts.tasks.reindex_people", company_ids=list(ids))

    def links(self, record: Company) -> Iterable[Ref]:
        return ()

    def subtitle(self, record: Company) -> str:
        industry = str(record.industry) if record.industry_id else ""
        return " · ".join(part for part in (industry, record.city) if part) or record.email or record.phone

    def search_text(self, record: Company) -> str:
        industry = str(record.industry) if record.industry_id else ""
        numbers = (record.inn, record.ogrn, record.vat)
        called = (both_scripts(record.name), record.legal_name, record.city, industry)
        parts = (*called, self.reach_text(record), *record.domains, *numbers, *record.tags)
        return " ".join(part for part in parts if part.strip())


def read_addresses(record: Company) -> str:
    return "; ".join(str(one) for one in record.addresses.all())


def read_accounts(record: Company) -> str:
    return "; ".join(str(one) for one in record.bank_accounts.all())


def _name(draft: Draft[Company]) -> None:
    company = draft.record
    company.name = " ".join(str(company.name or "").split())
    company.sort_name = names.sort_key(company.name)
    if not company.name and "name" not in draft.errors:
        draft.error("name", _("This field is required."), code="required")


def _web(draft: Draft[Company]) -> None:
    """Complete the website, and take its domain for the company's own when none is given."""
    company = draft.record
    if "website" in draft.changes:
        site = str(company.website or "").strip()
        company.website = f"https://{site}" if site and "://" not in site else site
        domain = domains.clean_domain(company.website)
        if domains.is_telling(domain) and not company.domains and "domains" not in draft.changes:
            company.domains = [domain]
    if "domains" in draft.changes:
        given = [(text, domains.clean_domain(text)) for text in company.domains]
        for text, domain in given:
            if not domain:
                draft.error("domains", _("“%(text)s” is not a domain.") % {"text": text[:80]})
        company.domains = list(dict.fromkeys(domain for _text, domain in given))


def _revenue(draft: Draft[Company], ctx: WriteContext) -> None:
    """Know the currency of the revenue; a figure typed by hand is in the house's own unless said."""
    company = draft.record
    company.revenue_currency = company.revenue_currency.upper()
    if company.revenue_currency and company.revenue_currency not in money.CURRENCIES:
        draft.error("revenue_currency", _("There is no currency of this code."))
    if draft.is_new and ctx.by_hand and company.annual_revenue is not None:
        company.revenue_currency = company.revenue_currency or Organisation.load().base_currency


def _numbers(draft: Draft[Company]) -> None:
    for name, (is_right, message) in NUMBERS.items():
        if name in draft.changes:
            number = taxids.clean(str(draft.changes[name] or ""))
            setattr(draft.record, name, number)
            if number and not is_right(number):
                draft.error(name, str(message), code="checksum")


def _judge_parents(moved: Sequence[Draft[Company]]) -> None:
    """Refuse a parent that belongs to the company itself, also through others of the set."""
    if not moved:
        return
    wanted = {draft.record.pk: draft.record.parent_id for draft in moved}
    parents: dict[int, Any] = selectors.parents_above(pk for pk in wanted.values() if pk) | wanted
    for draft in moved:
        seen, above = {draft.record.pk}, draft.record.parent_id
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above is not None:
            draft.error("parent", _("A company can't belong to itself."), code="circle")
