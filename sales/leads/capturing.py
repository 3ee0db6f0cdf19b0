"""What comes in by web forms becomes a lead, or at once a deal where the pipeline begins with deals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import ContactPoint, Person, PointKind, Source
from contacts.webforms import spec, takers
from contacts.webforms.public import UTM
from crm.identity.models import Team, User
from crm.records import tagging
from crm.records.registry import service_for
from crm.ui.drawn import Drawn
from crm.ui.fields import ReferenceField, TagsField
from sales.models import Lead, Pipeline, Product
from sales.services import Wish, convert_lead

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from contacts.models import FormEntry, WebForm
    from crm.records.drafts import Draft
    from crm.records.registry import Ref

TARGETS = (
    ("person_name", _("Person's name")),
    ("email", _("E-mail")),
    ("phone", _("Phone")),
    ("company_name", _("Company's name")),
    ("job_title", _("Job title")),
    ("website", _("Website")),
    ("city", _("City")),
    ("name", _("What about")),
    ("message", _("Message")),
)
ORIGIN = (*UTM, "referrer", "landing_page")
REFERENCES: dict[str, Any] = {
    "owner": User,
    "team": Team,
    "source": Source,
    "pipeline": Pipeline,
    "product": Product,
}


class LeadSettings(Drawn, forms.Form):
    """What every lead of a form gets besides its answers."""

    tags = TagsField(label=_("Tags"), required=False)

    def __init__(self, data: Any = None, *, user: Any, initial: Any = None) -> None:
        super().__init__(data, initial=initial, prefix="takes")
        labels = {
            "owner": _("Owner"),
            "team": _("Team"),
            "source": _("Source"),
            "pipeline": _("For pipeline"),
            "product": _("Product"),
        }
        for name, model in REFERENCES.items():
            self.fields[name] = ReferenceField(model, user, label=labels[name], required=False)


def keep(values: dict[str, Any]) -> dict[str, Any]:
    """Keep what the settings say as ids."""
    found: dict[str, Any] = {name: values[name].pk for name in REFERENCES if values.get(name) is not None}
    if values.get("tags"):
        found["tags"] = values["tags"]
    return found


def row_of(form: WebForm, entry: FormEntry, known: dict[str, Any]) -> dict[str, Any]:
    """Return the values of the lead that an answer becomes."""
    told = spec.told(form.fields, entry.answers)
    origin = {name: entry.origin.get(name, "") for name in ORIGIN}
    return {**told, **{name: text for name, text in origin.items() if text}, **known}


def take(form: WebForm, entries: Sequence[FormEntry], at: datetime) -> list[Ref | str]:
    """Make a lead of each answer; an answer of which nothing can be made says why."""
    known = {
        name: model._base_manager.filter(pk=form.takes[name]).first()
        for name, model in REFERENCES.items()
        if form.takes.get(name)
    }
    known = {name: value for name, value in known.items() if value is not None}
    if form.takes.get("tags"):
        known["tags"] = tagging.spelt(form.takes["tags"])
    service: Any = service_for(Lead)
    rows = [row_of(form, entry, known) for entry in entries]
    drafts = service.create(rows, actor=None, at=at, via="form", partial=True)
    pipeline = known.get("pipeline")
    skips = pipeline is not None and not pipeline.takes_leads
    return [outcome(draft, at, skips=skips) for draft in drafts]


def outcome(draft: Draft[Lead], at: datetime, *, skips: bool) -> Ref | str:
    """Return what was made of an answer, or the reasons why nothing."""
    if draft.errors:
        return " ".join(note.message for notes in draft.errors.values() for note in notes)
    lead = draft.record
    if not skips:
        return lead.ref
    person = known_person(lead)
    new: dict[str, Any] | None = (
        {} if person is None and (lead.person_name or lead.email or lead.phone) else None
    )
    wish = Wish(person=person, new_person=new, new_deal={"name": lead.name})
    done, _job = convert_lead(lead=lead, wish=wish, actor=None, at=at, via="form")
    return done.deal.ref if done.deal is not None else done.ref


def known_person(lead: Lead) -> Person | None:
    """Return the one person who has this e-mail address, if there is just one."""
    if not lead.email:
        return None
    points = ContactPoint.objects.filter(
        kind=PointKind.EMAIL, normalised=lead.email, person__isnull=False, person__deleted_at=None
    )
    found = {point.person for point in points.select_related("person")[:2]}
    return found.pop() if len(found) == 1 else None


def register() -> None:
    """Offer leads as what answers become."""
    takers.register(
        takers.Taker(
            key="lead", label=_("A lead"), targets=TARGETS, take=take, settings=LeadSettings, keep=keep
        )
    )
