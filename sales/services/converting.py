"""A lead becomes a person, a company and a deal: new ones, or those that are known already.

All of it is one job, so it can be taken back in one click. The lead's history stands on the
deal's page afterwards, and the deal's on the lead's: one timeline without a seam.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from contacts import domains
from contacts.models import Company, Person, PointKind
from contacts.services import add_contact_point, add_employment
from crm.identity.access import access_for
from crm.records import jobs
from crm.records.journal import JournalWriter
from crm.records.phrases import phrase
from crm.records.registry import service_for
from crm.timeline import keeping
from crm.timeline.models import ActivityLink
from sales.models import Deal, Lead
from sales.services.leads import CONVERT
from sales.services.people import put_person

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.models import Job
    from crm.records.registry import Ref

#: Puts the lead's past on the timeline of what it became, once.
LINKS = """
INSERT INTO records_eventlink (type_id, record_id, at, event_id, event_created_at)
SELECT %(to_type)s, %(to)s, link.at, link.event_id, link.event_created_at
FROM records_eventlink link
WHERE link.type_id = %(type)s AND link.record_id = %(id)s AND NOT EXISTS (
    SELECT 1 FROM records_eventlink own
    WHERE own.type_id = %(to_type)s AND own.record_id = %(to)s AND own.event_id = link.event_id
)
"""


class LeadIsConverted(ValidationError):
    """Somebody has converted the lead already."""


@dataclass(slots=True)
class Wish:
    """What a lead shall become. A record that is known, values for a new one, or neither."""

    person: Person | None = None
    company: Company | None = None
    deal: Deal | None = None
    new_person: Mapping[str, Any] | None = None
    new_company: Mapping[str, Any] | None = None
    new_deal: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Converting:
    """One conversion on its way: what is there so far."""

    lead: Lead
    wish: Wish
    job: Job
    door: dict[str, Any]
    person: Person | None = None
    company: Company | None = None
    deal: Deal | None = None
    refs: list[Ref] = field(default_factory=list)


def convert_lead(
    *, lead: Lead, wish: Wish, actor: User | None, at: datetime, via: str = "page"
) -> tuple[Lead, Job]:
    """Make of ``lead`` what ``wish`` says, and return it with the job by which this can be undone.

    Raises:
        LeadIsConverted: when somebody was faster.
        RecordErrors: when a record is refused; then nothing is written.
    """
    title = phrase(gettext_noop("Conversion of “%(name)s”"), name=lead.name)
    with (
        transaction.atomic(),
        jobs.at_once("convert_lead", actor=actor, title=title, params={"lead": lead.pk}) as job,
    ):
        locked = Lead.objects.select_for_update(of=("self",)).get(pk=lead.pk)
        if locked.is_converted:
            raise LeadIsConverted(_("“%(name)s” is converted already.") % {"name": locked.name})
        door = {"actor": actor, "at": at, "job": job, "via": via}
        work = Converting(locked, wish, job, door)
        settle_company(work)
        settle_person(work)
        settle_deal(work)
        found = (work.deal, work.person, work.company)
        service: Any = service_for(Lead)
        done = service.update([locked], {CONVERT: found}, **door)[0].record
        work.refs = [one.ref for one in found if one is not None]
        hand_over(work)
    return done, job


def settle_company(work: Converting) -> None:
    """Take the company that is known, or make it."""
    lead = work.lead
    work.company = work.wish.company
    if work.wish.new_company is not None:
        domain = domains.clean_domain(lead.email)
        values = {
            "name": lead.company_name,
            "website": lead.website,
            "domains": [domain] if domains.is_telling(domain) else [],
            **inherited(lead, Company),
            **work.wish.new_company,
        }
        work.company = make(Company, values, work)


def settle_person(work: Converting) -> None:
    """Take the person that is known and add what the lead tells of them, or make them."""
    lead = work.lead
    work.person = work.wish.person
    if work.wish.new_person is not None:
        values = {
            "name": lead.person_name,
            "email": lead.email,
            "phone": lead.phone,
            "job_title": lead.job_title,
            "company": work.company,
            **inherited(lead, Person),
            **work.wish.new_person,
        }
        work.person = make(Person, values, work)
    elif work.person is not None:
        complete(work.person, work)


def complete(person: Person, work: Converting) -> None:
    """Add to somebody known the address, the phone and the job that the lead brings.

    A person whom the converter may not change stays as they are.
    """
    lead, actor = work.lead, work.door["actor"]
    if actor is not None and not access_for(actor).can(Person, "change", person):
        return
    known = {(point.kind, point.normalised) for point in person.contact_points.all()}
    for kind, value in ((PointKind.EMAIL, lead.email), (PointKind.PHONE, lead.phone)):
        if value and (str(kind), value) not in known:
            add_contact_point(records=[person], kind=kind, value=value, **work.door)
    jobs_now = {job.company_id for job in person.employments.all() if job.is_current}
    if work.company is not None and work.company.pk not in jobs_now:
        add_employment(records=[person], company=work.company, title=lead.job_title, **work.door)


def settle_deal(work: Converting) -> None:
    """Join the deal that is open already, or make one."""
    lead, wish = work.lead, work.wish
    work.deal = wish.deal
    if wish.new_deal is not None:
        values = {
            "company": work.company,
            "person": work.person,
            "product": lead.product,
            "description": lead.message,
            **inherited(lead, Deal),
            **({"pipeline": lead.pipeline} if lead.pipeline_id and "stage" not in wish.new_deal else {}),
            **wish.new_deal,
        }
        if not work.company and not work.person:
            values.setdefault("name", lead.name)
        work.deal = make(Deal, values, work)
    elif work.deal is not None:
        join(work.deal, work)


def join(deal: Deal, work: Converting) -> None:
    """Put the person on a deal that goes on already, and fill what it lacks."""
    lead = work.lead
    brought = {"company": work.company, "person": work.person, "source": lead.source, "product": lead.product}
    missing = {
        name: value for name, value in brought.items() if value is not None and getattr(deal, name) is None
    }
    if missing:
        service: Any = service_for(Deal)
        service.update([deal], missing, **work.door)
    if work.person is not None and not deal.deal_people.filter(person=work.person).exists():
        put_person(deal=deal, person=work.person, role="", actor=work.door["actor"], at=work.door["at"])


def inherited(lead: Lead, model: Any) -> dict[str, Any]:
    """Return what every record that a lead becomes takes over from it."""
    found: dict[str, Any] = {"source": lead.source, "owner": lead.owner, "tags": list(lead.tags)}
    if lead.team_id:
        found["team"] = lead.team
    if model is not Deal:
        found |= {"city": lead.city, "country": lead.country}
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def make(model: Any, values: Mapping[str, Any], work: Converting) -> Any:
    """Make one record of what is given and not empty."""
    given = {name: value for name, value in values.items() if value not in (None, "", [])}
    service: Any = service_for(model)
    return service.create([given], **work.door)[0].record


def hand_over(work: Converting) -> None:
    """Let the lead's past and what is planned with it stand with what it became too."""
    lead = work.lead
    with connection.cursor() as cursor:
        for ref in work.refs:
            cursor.execute(
                LINKS,
                {"to_type": ref.type_id, "to": ref.id, "type": lead.record_type.id, "id": lead.pk},
            )
    if work.deal is None:
        return
    journal = JournalWriter(work.job)
    own = ActivityLink.objects.filter(type_id=Deal.record_type.id, record_id=work.deal.pk)
    known = set(own.values_list("activity_id", flat=True))
    for link in ActivityLink.objects.filter(type_id=lead.record_type.id, record_id=lead.pk):
        if link.activity_id not in known:
            link.pk, link.type_id, link.record_id = None, Deal.record_type.id, work.deal.pk
            link.save(force_insert=True)
            journal.created(link)
    journal.flush()
    keeping.settle_next_due([work.deal.ref])
