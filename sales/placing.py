"""Where a deal stands in its pipeline, and all that follows from it.

The stage decides status, probability and dates, whichever door moved the deal: so a bulk
edit can't leave a stale probability, nor a renamed stage a won deal without its date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from sales import gates
from sales.models import StageKind
from sales.valuing import as_closing_moment, noon

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from crm.records.drafts import Draft, WriteContext
    from sales.models import Deal, Stage
    from sales.selectors import Catalogue

#: Somewhere it is tomorrow already.
AHEAD = timedelta(hours=36)
CLOSING_EVENTS = {StageKind.WON: "deal.won", StageKind.LOST: "deal.lost"}


@dataclass(slots=True)
class Placing:
    """Puts a set of drafts into their stages."""

    catalogue: Catalogue
    ctx: WriteContext
    zone: ZoneInfo

    def place(self, draft: Draft[Deal]) -> None:
        """Settle pipeline and stage of one draft, and what follows from them."""
        self.choose_pipeline(draft)
        self.choose_stage(draft)
        deal = draft.record
        stage = self.catalogue.stages.get(deal.stage_id or 0)
        if stage is None or "stage" in draft.errors or "pipeline" in draft.errors:
            return
        deal.stage = stage
        deal.pipeline = stage.pipeline
        self.follow_stage(draft, stage)

    def choose_pipeline(self, draft: Draft[Deal]) -> None:
        """Take the pipeline that was asked for, else the one of the stage, else the default one."""
        deal, access = draft.record, self.ctx.access
        asked = draft.changes.get("pipeline") is not None
        stage = self.catalogue.stages.get(deal.stage_id or 0)
        if not asked and stage is not None and (draft.is_new or "stage" in draft.changes):
            deal.pipeline_id = stage.pipeline_id
        elif not asked and draft.is_new:
            default = self.catalogue.default_for(access)
            if default is None:
                draft.error("pipeline", _("There is no pipeline for your teams."), code="required")
                return
            deal.pipeline_id = default.pk
        pipeline = self.catalogue.pipelines.get(deal.pipeline_id or 0)
        if pipeline is None or not draft.has_changed("pipeline"):
            return
        if not pipeline.is_active or not self.catalogue.is_open_to(pipeline, access):
            text = _("Your teams put no deals into the pipeline “%(name)s”.")
            draft.error("pipeline", text % {"name": pipeline.name}, code="forbidden")

    def choose_stage(self, draft: Draft[Deal]) -> None:
        """Take the stage that was asked for; in another pipeline the one of its name or kind."""
        deal = draft.record
        stage = self.catalogue.stages.get(deal.stage_id or 0)
        if deal.pipeline_id is None or (stage is not None and stage.pipeline_id == deal.pipeline_id):
            return
        if stage is None and not draft.is_new:
            return
        found: Stage | None
        if stage is None:
            found = self.catalogue.first(deal.pipeline_id)
        else:
            found = self.catalogue.named(deal.pipeline_id, stage.name)
            if found is None and "stage" not in draft.changes:
                found = self.catalogue.first(deal.pipeline_id, stage.kind)
        if found is None:
            draft.error("stage", _("This stage belongs to another pipeline."))
        else:
            deal.stage_id = found.pk

    def follow_stage(self, draft: Draft[Deal], stage: Stage) -> None:
        """Set status, probability and dates; name the event; ask the gate."""
        deal = draft.record
        moved = draft.is_new or draft.has_changed("stage")
        was = StageKind.OPEN if draft.is_new else StageKind(draft.snapshot["status"])
        deal.status, deal.is_open = stage.kind, stage.is_open
        self.date_it(draft, stage, moved)
        if not moved:
            gates.check_reason(draft)
            return
        deal.probability = stage.probability
        deal.board_rank = -deal.stage_entered_at.timestamp()
        if not draft.is_new:
            self.name_event(draft, stage, was)
        gates.check_entry(draft, stage)

    def date_it(self, draft: Draft[Deal], stage: Stage, moved: bool) -> None:
        """Keep opening, entering and closing in line with the stage."""
        deal, at = draft.record, self.ctx.at
        if draft.is_new and deal.opened_on is None and self.ctx.via != "import":
            deal.opened_on = at.astimezone(self.zone).date()
        given = deal.closed_at if draft.is_new or draft.has_changed("closed_at") else None
        if stage.is_open:
            if given is not None and deal.expected_on is None:
                # Many files have one column for both: of an open deal it tells when it may close.
                deal.expected_on = as_closing_moment(given, self.zone).astimezone(self.zone).date()
            deal.closed_at, deal.lost_reason_id = None, None
            deal.lost_note = ""
            if moved:
                deal.stage_entered_at = self.entered(deal.opened_on) if draft.is_new else at
            return
        closed = as_closing_moment(given, self.zone) if given else None
        if closed is not None and closed > at + AHEAD:
            draft.error("closed_at", _("A deal can't have closed in the future."))
        if moved or closed is not None:
            # From one won stage to another nothing is won anew: the day of closing stays.
            kept = None if draft.is_new or draft.snapshot["status"] != stage.kind else deal.closed_at
            deal.closed_at = closed or kept or at
            deal.stage_entered_at = at if kept and moved else deal.closed_at
        if stage.kind == StageKind.WON:
            deal.lost_reason_id, deal.lost_note = None, ""

    def entered(self, opened_on: date | None) -> datetime:
        """Return when a new deal came into its stage: now, or on the day in the past it was opened."""
        at = self.ctx.at
        if opened_on is None or opened_on >= at.astimezone(self.zone).date():
            return at
        return noon(opened_on, self.zone)

    def name_event(self, draft: Draft[Deal], stage: Stage, was: StageKind) -> None:
        """Say what happened: won, lost, reopened or moved on, from where and to where."""
        deal = draft.record
        before = self.catalogue.stages.get(draft.snapshot["stage_id"])
        if stage.kind == was:
            draft.event = "deal.stage_changed"
        elif stage.is_open:
            draft.event = "deal.reopened"
        else:
            draft.event = CLOSING_EVENTS[StageKind(stage.kind)]
            draft.event_at = deal.closed_at
        draft.facts = {
            "from": before.name if before else "",
            "to": stage.name,
            "from_id": before.pk if before else None,
            "to_id": stage.pk,
            "amount": str(deal.amount) if deal.amount is not None else None,
            "currency": deal.currency,
        }
