"""Who a lead may be already: people, companies and open deals that are known, and other leads alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from contacts import domains, duplicates
from contacts.models import Company, Person
from sales.models import Deal, Lead

if TYPE_CHECKING:
    from contacts.duplicates import Duplicate

SHOWN = 5


@dataclass(slots=True)
class Matches:
    """What is known of whoever stands behind a lead, as far as the asker may see it."""

    people: list[Duplicate] = field(default_factory=list)
    companies: list[Duplicate] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)

    @property
    def seen_people(self) -> list[Any]:
        return [one.record for one in self.people if one.record is not None]

    @property
    def seen_companies(self) -> list[Any]:
        return [one.record for one in self.companies if one.record is not None]


def matches_of(lead: Lead, user: Any) -> Matches:
    """Look for the person, the company and the open deals that a lead may belong to."""
    found = Matches(
        people=duplicates.likely(
            {"name": lead.person_name, "email": lead.email, "phone": lead.phone}, user, model=Person
        ),
        companies=duplicates.likely(
            {
                "name": lead.company_name,
                "website": lead.website,
                "email": lead.email,
                "phone": lead.phone,
            },
            user,
            model=Company,
        ),
    )
    add_known(found, lead)
    people = [one.pk for one in found.seen_people]
    companies = [one.pk for one in found.seen_companies]
    companies += [one.company_id for one in found.seen_people if one.company_id]
    theirs = Q(company__in=companies) | Q(person__in=people)
    rows = Deal.objects.visible_to(user, "change").filter(theirs, is_open=True)
    found.deals = list(rows.select_related("stage", "company", "person").order_by("-last_touch_at")[:SHOWN])
    return found


def add_known(found: Matches, lead: Lead) -> None:
    """Put whom somebody linked to the lead by hand, or the form knew, before what merely looks alike."""
    for kept, record in ((found.people, lead.person), (found.companies, lead.company)):
        if record is not None:
            kept[:] = [one for one in kept if one.record is None or one.record.pk != record.pk]
            kept.insert(0, duplicates.Duplicate(record))
    for person in found.seen_people[:1]:
        known = {one.pk for one in found.seen_companies}
        if person.company_id and person.company_id not in known and person.company is not None:
            found.companies.append(duplicates.Duplicate(person.company))


def leads_alike(lead: Lead, user: Any) -> list[Lead]:
    """Return other leads of the same person or company, newest first, that ``user`` sees."""
    domain = domains.clean_domain(lead.email)
    alike = Q(pk__in=[])
    if lead.email:
        alike |= Q(email=lead.email)
    if lead.phone:
        alike |= Q(phone=lead.phone)
    if domains.is_telling(domain):
        alike |= Q(email__endswith=f"@{domain}")
    if lead.company_name:
        alike |= Q(company_name__iexact=lead.company_name)
    if lead.company_id:
        alike |= Q(company=lead.company_id)
    rows = Lead.objects.visible_to(user).filter(alike).exclude(pk=lead.pk)
    return list(rows.select_related("owner").order_by("-created_at")[:SHOWN])
