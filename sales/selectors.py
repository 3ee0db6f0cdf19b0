"""Reading the pipelines: their stages in order, who may use them, and what is neglected."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from crm.lib.kept import Kept
from sales.models import LostReason, Pipeline, Stage, StageKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.identity.access import Access


@dataclass(slots=True)
class Catalogue:
    """All pipelines and stages at one moment, read with three queries and kept. Shared: not to be changed."""

    pipelines: dict[int, Pipeline] = field(default_factory=dict)
    stages: dict[int, Stage] = field(default_factory=dict)
    teams: dict[int, set[int]] = field(default_factory=dict)

    def of(self, pipeline_id: int | None) -> list[Stage]:
        """Return the stages of a pipeline in order."""
        return [stage for stage in self.stages.values() if stage.pipeline_id == pipeline_id]

    def first(self, pipeline_id: int | None, kind: str = StageKind.OPEN) -> Stage | None:
        """Return the first stage of a kind in a pipeline."""
        return next((stage for stage in self.of(pipeline_id) if stage.kind == kind), None)

    def named(self, pipeline_id: int | None, name: str) -> Stage | None:
        """Return the stage of this name in a pipeline."""
        wanted = name.casefold()
        return next((stage for stage in self.of(pipeline_id) if wanted in names_of(stage)), None)

    def is_open_to(self, pipeline: Pipeline, access: Access | None) -> bool:
        """Tell whether a person may put deals into a pipeline: by their teams or those below."""
        teams = self.teams.get(pipeline.pk)
        if access is None or access.is_root or not teams:
            return True
        return bool(teams & (access.team_ids | access.below_team_ids))

    def open_to(self, access: Access | None) -> list[Pipeline]:
        """Return the active pipelines that a person may use, the default one first."""
        found = [one for one in self.pipelines.values() if one.is_active and self.is_open_to(one, access)]
        return sorted(found, key=lambda one: not one.is_default)

    def default_for(self, access: Access | None) -> Pipeline | None:
        """Return where a person's new deals go."""
        return next(iter(self.open_to(access)), None)


def catalogue() -> Catalogue:
    """Return all pipelines and stages, as they are now."""
    return _catalogue()


def read_catalogue() -> Catalogue:
    """Read all pipelines and stages."""
    pipelines = {one.pk: one for one in Pipeline.objects.order_by("position", "pk")}
    stages = {}
    rows = Stage.objects.order_by("pipeline__position", "pipeline_id", "position", "pk")
    for stage in rows:
        stage.pipeline = pipelines[stage.pipeline_id]
        stages[stage.pk] = stage
    teams: dict[int, set[int]] = {}
    for pipeline_id, team_id in Pipeline.teams.through.objects.values_list("pipeline_id", "team_id"):
        teams.setdefault(pipeline_id, set()).add(team_id)
    return Catalogue(pipelines, stages, teams)


_catalogue = Kept("sales.catalogue", read_catalogue)


def first_stage(access: Access | None) -> Stage | None:
    """Return where a person's new deals begin."""
    known = catalogue()
    pipeline = known.default_for(access)
    return known.first(pipeline.pk) if pipeline else None


def names_of(stage: Stage) -> set[str]:
    """Return every name by which a stage may be called, for comparing."""
    return {name.casefold() for name in (stage.name, *stage.also_called)}


def not_recorded() -> LostReason | None:
    """Return the reason that stands for "nobody wrote it down"."""
    return LostReason.objects.filter(counted=False).order_by("position", "pk").first()


def offered_reasons() -> Iterable[LostReason]:
    """Return the lost reasons to choose from."""
    return LostReason.objects.filter(is_active=True).order_by("position", "pk")


def rotting(at: datetime, stages: Iterable[Stage] | None = None) -> Q:
    """Return the condition of deals that nobody has touched for too long.

    One range per stage, so that the index of stage and last touch answers it. An activity
    planned ahead stops the clock; one that is overdue does not.
    """
    rot = stages if stages is not None else Stage.objects.filter(kind=StageKind.OPEN)
    quiet = Q()
    for stage in rot:
        if stage.rot_days and stage.is_open:
            quiet |= Q(stage_id=stage.pk, last_touch_at__lt=at - timedelta(days=stage.rot_days))
    if not quiet:
        return Q(pk__in=[])
    return Q(is_open=True) & quiet & (Q(next_due_at=None) | Q(next_due_at__lte=at))


def nothing_planned() -> Q:
    """Return the condition of open deals without a next activity."""
    return Q(is_open=True, next_due_at=None)
