"""What files of deals and products look like, and by what their rows are recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.records.importing.mapping import Constant
from crm.records.importing.references import Finder, find_in_list, register_finder
from crm.records.importing.targets import ImportHints, Profile, fold, register_profile
from sales.models import StageKind
from sales.selectors import catalogue, names_of, not_recorded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def register() -> None:
    """Hand in the profiles of deals and products, and how stages are found."""
    register_profile("sales.deal", Profile(keys=(("name", "company"),), constants=constants))
    register_profile("sales.lead", Profile(keys=(("email",), ("phone",), ("name",))))
    register_profile("sales.product", Profile(keys=(("code",), ("name",))))
    register_finder("sales.stage", lambda: Finder(find_stages, unknown="error"))
    register_finder("sales.pipeline", lambda: Finder(find_pipelines, unknown="error"))


def constants(hints: ImportHints) -> Mapping[str, Constant]:
    """Propose "Not recorded" for lost deals of a file that names no reasons."""
    reason = not_recorded()
    if reason is None or "stage" not in hints.columns or "lost_reason" in hints.columns:
        return {}
    lost = {
        name
        for stage in catalogue().stages.values()
        if stage.kind == StageKind.LOST
        for name in names_of(stage)
    }
    texts = [text for text in hints.values("stage") if fold(text) in lost]
    return {"lost_reason": Constant(reason.name, where={"stage": texts})} if texts else {}


def find_stages(texts: Sequence[str]) -> dict[str, int]:
    """Find stages by any of their names, those of the default pipeline first."""
    known = catalogue()
    ordered = sorted(known.stages.values(), key=lambda stage: not stage.pipeline.is_default)
    return find_in_list(((stage.pk, stage.name, *stage.also_called) for stage in ordered), texts)


def find_pipelines(texts: Sequence[str]) -> dict[str, int]:
    """Find pipelines by name; a file makes none."""
    return find_in_list(((one.pk, one.name) for one in catalogue().pipelines.values()), texts)
