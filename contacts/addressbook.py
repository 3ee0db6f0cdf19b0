"""What mail may know of people and companies: whose an address is, and whom one may write to."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contacts.domains import is_telling
from contacts.models import Company, ContactPoint, Employment, Person, PointKind
from contacts.services import CompanyService, PersonService
from crm.mail import addressbook, makers
from crm.mail.addressbook import Suggestion
from crm.records import search
from crm.records.registry import Ref

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from django.db import models

    from crm.identity.models import User
    from crm.mail.models import Message
    from crm.records.models import Record

#: A person with more jobs than this is no person.
MOST_COMPANIES = 20


class Contacts:
    """People and companies by their e-mail addresses, companies also by their domains."""

    def find(self, addresses: Collection[str]) -> Mapping[str, Sequence[Ref]]:
        """Return people before companies; a company by its domain only where nobody has the address."""
        found: dict[str, list[Ref]] = defaultdict(list)
        points = (
            ContactPoint.objects.filter(kind=PointKind.EMAIL, normalised__in=list(addresses))
            .filter(Q(person__deleted_at=None) & Q(company__deleted_at=None))
            .order_by(F("person_id").asc(nulls_last=True), "pk")
        )
        for address, person, company in points.values_list("normalised", "person_id", "company_id"):
            found[address].append(_ref(person, company))
        unknown = {one: one.rpartition("@")[2] for one in addresses if one not in found}
        by_domain = _companies_of(set(unknown.values()))
        for address, domain in unknown.items():
            if domain in by_domain:
                found[address].append(Ref(Company.record_type.id, by_domain[domain]))
        return found

    def suggest(self, user: User, text: str, limit: int) -> Sequence[Suggestion]:
        """Return recipients whose address or name begins with ``text``."""
        if len(text) < 2:
            return []
        by_address = _visible(user).filter(normalised__startswith=text.lower())[:limit]
        types = [Person.record_type, Company.record_type]
        hits = [hit.ref for hit in search.find(user, text, types=types, limit=limit)]
        people = [ref.id for ref in hits if ref.type_id == Person.record_type.id]
        companies = [ref.id for ref in hits if ref.type_id == Company.record_type.id]
        by_name = _visible(user).filter(Q(person__in=people) | Q(company__in=companies))[: 2 * limit]
        points = {point.normalised: point for point in [*by_address, *by_name]}
        return [_suggestion(point) for point in list(points.values())[:limit]]

    def addresses_of(self, refs: Sequence[Ref], user: User | None, limit: int) -> Sequence[Suggestion]:
        """Return the addresses of people and companies, in the order of ``refs``, the main ones first."""
        people = [ref.id for ref in refs if ref.type_id == Person.record_type.id]
        companies = [ref.id for ref in refs if ref.type_id == Company.record_type.id]
        if not people and not companies:
            return []
        points = list(_visible(user).filter(Q(person__in=people) | Q(company__in=companies))[: 4 * limit])
        place = {ref: number for number, ref in enumerate(refs)}
        far = len(place)
        points.sort(
            key=lambda one: (
                one.person_id is None,
                place.get(_ref(one.person_id, one.company_id), far),
                not one.is_primary,
            )
        )
        return [_suggestion(one) for one in points[:limit]]


def companies_of_people(refs: Sequence[Ref]) -> Mapping[Ref, Sequence[Ref]]:
    """Return where people work now: letters to them belong to these companies too."""
    people = [ref.id for ref in refs if ref.type_id == Person.record_type.id]
    jobs = Employment.objects.filter(person__in=people, ended_on=None, company__deleted_at=None).values_list(
        "person_id", "company_id"
    )[: MOST_COMPANIES * max(1, len(people))]
    found: dict[Ref, list[Ref]] = defaultdict(list)
    for person, company in jobs:
        found[Ref(Person.record_type.id, person)].append(Ref(Company.record_type.id, company))
    return found


def make_person(message: Message, actor: User, at: datetime) -> Record:
    """Make a person of whoever wrote a letter, at the company of their domain if there is one."""
    values: dict[str, Any] = {"name": makers.sender_name(message), "email": message.from_address}
    domain = message.from_address.rpartition("@")[2]
    if company := _companies_of([domain]).get(domain):
        values["company"] = Company.objects.visible_to(actor).filter(pk=company).first()
    return PersonService().create([values], actor=actor, at=at)[0].record


def make_company(message: Message, actor: User, at: datetime) -> Record:
    """Make a company of the domain of a letter; from a free provider it gets the sender's own address."""
    domain = message.from_address.rpartition("@")[2]
    name = domain.rpartition(".")[0].rpartition(".")[2].title() if is_telling(domain) else ""
    values: dict[str, Any] = {"name": name or makers.sender_name(message), "email": message.from_address}
    if is_telling(domain):
        values["domains"] = [domain]
    return CompanyService().create([values], actor=actor, at=at)[0].record


PERSON = makers.Maker(
    key="person",
    label=_("Person"),
    done=_("Person added."),
    icon="user",
    letter="p",
    permission="contacts.person",
    make=make_person,
    order=10,
)
COMPANY = makers.Maker(
    key="company",
    label=_("Company"),
    done=_("Company added."),
    icon="building",
    letter="c",
    permission="contacts.company",
    make=make_company,
    order=20,
)


def register() -> None:
    addressbook.register("contacts", Contacts())
    addressbook.register_belongings("companies", companies_of_people)
    makers.register(PERSON)
    makers.register(COMPANY)


def _ref(person: int | None, company: int | None) -> Ref:
    if person is not None:
        return Ref(Person.record_type.id, person)
    assert company is not None
    return Ref(Company.record_type.id, company)


def _companies_of(domains: Iterable[str]) -> dict[str, int]:
    """Return the one company of each domain; a domain of several tells nothing."""
    wanted = sorted({one for one in domains if is_telling(one)})
    if not wanted:
        return {}
    rows = Company.objects.filter(domains__overlap=wanted, deleted_at=None).values_list("pk", "domains")
    holders: dict[str, list[int]] = defaultdict(list)
    for pk, own in rows[:500]:
        for domain in set(own) & set(wanted):
            holders[domain].append(pk)
    return {domain: pks[0] for domain, pks in holders.items() if len(pks) == 1}


def _visible(user: User | None) -> models.QuerySet[ContactPoint]:
    """Return the e-mail addresses of people and companies that ``user`` sees; None sees all."""
    rows = ContactPoint.objects.filter(kind=PointKind.EMAIL, is_invalid=False)
    if user is not None:
        people = Person.objects.visible_to(user).filter(deleted_at=None)
        companies = Company.objects.visible_to(user).filter(deleted_at=None)
        rows = rows.filter(Q(person__in=people) | Q(company__in=companies))
    return rows.select_related("person__company", "company").order_by("-is_primary", "pk")


def _suggestion(point: ContactPoint) -> Suggestion:
    if point.person is not None:
        company = str(point.person.company) if point.person.company_id else ""
        return Suggestion(point.value, str(point.person), _ref(point.person_id, None), company)
    return Suggestion(point.value, str(point.company), _ref(None, point.company_id))
