"""Writing leads: cleaned as they come in, named, given to a team, and dropped with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.utils.translation import gettext as _

from contacts.services.fields import country_field
from crm.identity.models import Organisation
from crm.lib import phones
from crm.lib.names import sort_key
from crm.records.services import RecordService
from sales import answering
from sales.models import LIVE, Deal, Lead, LeadStatus
from sales.services.deals import primary_teams
from sales.services.synonyms import LEAD_SYNONYMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db import models

    from crm.records.drafts import Draft, WriteContext
    from crm.records.fields import Field
    from crm.records.registry import Ref

#: What only ``convert_lead`` and those who hand out leads write.
CONVERT, ASSIGN = "convert", "assign"
#: Takes events about these leads off the timelines of deals.
UNLINK = """
DELETE FROM records_eventlink link USING records_event event
WHERE link.type_id = %(deal)s AND event.id = link.event_id AND event.created_at = link.event_created_at
    AND event.type_id = %(type)s AND event.record_id = ANY(%(ids)s)
"""
TRIMMED = ("name", "person_name", "company_name", "job_title", "email", "phone", "website", "city")


class LeadService(RecordService[Lead]):
    """The one way in which leads are written."""

    model = Lead
    internal: ClassVar[frozenset[str]] = frozenset({"sort_name", "is_live"})
    commands: ClassVar[frozenset[str]] = frozenset({CONVERT, ASSIGN})
    gives_why: ClassVar[str] = ASSIGN
    titled: ClassVar[frozenset[str]] = frozenset({"name", "person_name", "company_name"})
    searched: ClassVar[frozenset[str] | None] = titled | {"email", "phone", "website", "message"}
    synonyms: ClassVar[Mapping[str, tuple[str, ...]]] = LEAD_SYNONYMS

    def extra_fields(self) -> Sequence[Field]:
        return (country_field(),)

    def prepare(self, drafts: Sequence[Draft[Lead]], ctx: WriteContext) -> None:
        """Clean what came in, judge the status, name leads, and let the team follow the owner."""
        region = Organisation.load().country
        for draft in drafts:
            clean(draft, region)
            place(draft, ctx)
            name(draft)
        follow_owner(drafts, ctx)
        answering.settle(drafts, ctx)

    def links(self, record: Lead) -> Iterable[Ref]:
        """Show a lead's events on the pages of the person, the company and the deal it became."""
        for one in (record.deal, record.person, record.company):
            if one is not None:
                yield one.ref

    def subtitle(self, record: Lead) -> str:
        known = (record.person_name, record.company_name, record.email, record.phone)
        return " · ".join([part for part in known if part and part not in record.name][:2])

    def search_text(self, record: Lead) -> str:
        number = phones.digits(record.phone)
        parts = (record.person_name, record.company_name, record.email, number, record.website)
        return " ".join(part for part in parts if part)

    def taken_back(self, records: Sequence[Lead], *, removed: bool) -> None:
        """Take a lead's past off the timelines of what it was converted to, when that is undone."""
        ids = [lead.pk for lead in records if not lead.is_converted]
        with connection.cursor() as cursor:
            cursor.execute(UNLINK, {"type": Lead.record_type.id, "ids": ids, "deal": Deal.record_type.id})

    def for_search(self, records: models.QuerySet[Lead]) -> models.QuerySet[Lead]:
        return records.select_related("person", "company", "deal")


def clean(draft: Draft[Lead], region: str) -> None:
    """Trim what people type, bring phones into one form, and refuse what is no address."""
    lead = draft.record
    for field in TRIMMED:
        setattr(lead, field, " ".join(getattr(lead, field).split()))
    lead.email = lead.email.lower()
    if lead.email:
        try:
            validate_email(lead.email)
        except ValidationError:
            draft.error("email", _("“%(text)s” is no e-mail address.") % {"text": lead.email})
    if lead.phone:
        # A stranger's phone that we can't read is better kept than lost.
        lead.phone = phones.normalise(lead.phone, region) or lead.phone


def place(draft: Draft[Lead], ctx: WriteContext) -> None:
    """Keep status, reason and dates in agreement."""
    lead = draft.record
    if CONVERT in draft.changes:
        lead.status = LeadStatus.CONVERTED
        lead.converted_at = ctx.at
        lead.deal, lead.person, lead.company = draft.changes[CONVERT]
    elif lead.status == LeadStatus.CONVERTED and (
        draft.is_new or draft.snapshot["status"] != LeadStatus.CONVERTED
    ):
        draft.error("status", _("A lead is converted on its own page, where one sees what comes of it."))
    elif lead.status != LeadStatus.CONVERTED:
        lead.converted_at = lead.deal = None
    lead.is_live = lead.status in LIVE
    if lead.status != LeadStatus.DROPPED:
        lead.drop_reason = None
    elif lead.drop_reason_id is None:
        draft.error("drop_reason", _("Say why the lead is dropped."), code="required")
    if draft.is_new or draft.has_changed("status"):
        lead.status_since = ctx.at
        if not draft.is_new and lead.status in EVENTS:
            draft.event = EVENTS[LeadStatus(lead.status)]


EVENTS = {LeadStatus.CONVERTED: "lead.converted", LeadStatus.DROPPED: "lead.dropped"}


def name(draft: Draft[Lead]) -> None:
    """Name a lead that nobody named after who it is; refuse one of which nothing is known."""
    lead = draft.record
    if not lead.name:
        who = " · ".join(part for part in (lead.person_name, lead.company_name) if part)
        lead.name = (who or lead.email or lead.phone)[:250]
    if not lead.name:
        draft.error("person_name", _("Give a name, a company, an e-mail or a phone."), code="required")
    lead.sort_name = sort_key(lead.name)[:250]


def follow_owner(drafts: Sequence[Draft[Lead]], ctx: WriteContext) -> None:
    """Let the team follow the owner unless somebody named one, and note when a lead was given to whom."""
    moved = [draft for draft in drafts if draft.record.owner_id and draft.has_changed("owner")]
    teams = primary_teams({draft.record.owner_id for draft in moved if "team" not in draft.changes})
    for draft in moved:
        lead = draft.record
        lead.assigned_at = ctx.at
        lead.assigned_why = str(draft.changes.get(ASSIGN) or "")
        if "team" not in draft.changes:
            lead.team_id = teams.get(lead.owner_id or 0)
