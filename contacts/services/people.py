"""Writing people: names in the order of their script, jobs, contact points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from contacts.models import Company, ContactPoint, Employment, Person
from contacts.models.person import NAMELESS
from contacts.services import employments, rows
from contacts.services.fields import (
    NAME_SYNONYMS,
    PERSON_SYNONYMS,
    PHONE,
    POINTS,
    country_field,
    read_points_in_words,
    shown_only,
)
from contacts.services.holders import REACHED, HolderService, both_scripts
from crm.lib import names, queue
from crm.records import copying
from crm.records.fields import Field
from crm.records.registry import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db import models

    from crm.records.drafts import Draft, WriteContext

PARTS = ("first_name", "middle_name", "last_name")


class PersonService(HolderService[Person]):
    """Every write of people."""

    model = Person
    internal = frozenset({"sort_name", "company_sort"})
    synonyms: ClassVar = PERSON_SYNONYMS
    copied = HolderService.copied | {"company", "job_title"}
    derived = frozenset({"name"})
    named: ClassVar = ("company",)
    covers: ClassVar = {
        **HolderService.covers,
        "company": ("company_sort", "employments"),
        "job_title": ("employments",),
        "employments": ("company", "job_title"),
    }
    titled = frozenset({"name", "first_name", "middle_name", "last_name"})
    searched = titled | REACHED | {"job_title", "company", "employments", "tags"}
    together: ClassVar = {
        pgettext_lazy("person", "name"): PARTS,
        gettext_lazy("place"): ("city", "country"),
        pgettext_lazy("person", "job"): ("company", "job_title"),
        gettext_lazy("ownership"): ("owner", "team"),
    }

    def extra_fields(self) -> Sequence[Field]:
        return (
            Field(
                "name",
                gettext_lazy("full name"),
                max_length=302,
                synonyms=NAME_SYNONYMS,
                help_text=NAME_HELP,
                read=str,
            ),
            PHONE,
            country_field(),
            *POINTS,
            shown_only(
                "contact_points", gettext_lazy("contact points"), read_points_in_words, "contact_points"
            ),
            shown_only("employments", pgettext_lazy("employment", "jobs"), read_jobs, "employments__company"),
            shown_only("addresses", gettext_lazy("addresses"), read_addresses, "addresses"),
        )

    def prepare(self, drafts: Sequence[Draft[Person]], ctx: WriteContext) -> None:
        super().prepare(drafts, ctx)
        employments.plan(drafts, ctx)
        _sort_by_company(drafts)
        for draft in drafts:
            _name(draft)

    def after_save(self, drafts: Sequence[Draft[Person]], ctx: WriteContext) -> None:
        super().after_save(drafts, ctx)
        today = ctx.at.date()
        started = rows.write(Employment, drafts, ctx)
        late = [job.pk for job in started if job.started_on and job.started_on < today]
        if late:
            queue.enqueue("contacts.tasks.link_past_events", employment_ids=late)

    def links(self, record: Person) -> Iterable[Ref]:
        return [
            Ref(Company.record_type.id, job.company_id) for job in record.employments.all() if job.is_current
        ]

    def title(self, record: Person) -> str:
        """What is kept for all readers (search, history) never holds an address in place of a name."""
        return record.name or record.numbered

    def subtitle(self, record: Person) -> str:
        company = str(record.company) if record.company_id else ""
        return (
            " · ".join(part for part in (record.job_title, company) if part) or record.email or record.phone
        )

    def search_text(self, record: Person) -> str:
        company = both_scripts(str(record.company)) if record.company_id else ""
        spoken = f"{record.first_name} {record.middle_name} {record.last_name}"
        parts = (both_scripts(spoken), self.reach_text(record), record.job_title, company, *record.tags)
        return " ".join(part for part in parts if part.strip())

    def kept(self, record: Person, written: Mapping[type[models.Model], list[Any]]) -> Person:
        held = {"contact_points": written.get(ContactPoint, []), "employments": written.get(Employment, [])}
        return copying.twin_of(record, **held)

    def for_search(self, records: models.QuerySet[Person]) -> models.QuerySet[Person]:
        return super().for_search(records).prefetch_related("employments")


NAME_HELP = gettext_lazy("Is taken apart into first name, patronymic and last name.")


def read_jobs(person: Person) -> str:
    return "; ".join(employments.describe(job) for job in person.employments.all())


def read_addresses(record: Person) -> str:
    return "; ".join(str(one) for one in record.addresses.all())


def _sort_by_company(drafts: Sequence[Draft[Person]]) -> None:
    """Copy the sort key of the company to people who have another one now."""
    moved = [draft.record for draft in drafts if draft.has_changed("company")]
    ids = {person.company_id for person in moved if person.company_id}
    keys = dict(Company.all_objects.filter(pk__in=ids).values_list("pk", "sort_name")) if ids else {}
    for person in moved:
        person.company_sort = keys.get(person.company_id or 0, "")


def _name(draft: Draft[Person]) -> None:
    """Put the parts of the name, its title and its sort key in agreement."""
    person = draft.record
    parts_given = any(draft.changes.get(part) if draft.is_new else part in draft.changes for part in PARTS)
    if draft.changes.get("name") and not parts_given:
        found = names.split_full_name(str(draft.changes["name"]))
        person.first_name, person.middle_name, person.last_name = found.first, found.middle, found.last
    for part in PARTS:
        setattr(person, part, " ".join(str(getattr(person, part) or "").split()))
    full = names.full_name(person.first_name, person.middle_name, person.last_name)
    person.name = full
    person.sort_name = names.sort_key(person.last_name, person.first_name, person.middle_name) or NAMELESS
    if not (full or person.email or person.phone) and not draft.errors:
        draft.error("first_name", _("Give a name, an e-mail or a phone."), code="required")
