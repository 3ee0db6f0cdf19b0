"""The board of deals: one pipeline at a time, its stages as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from crm.identity.access import access_for
from crm.ui.boards import Board, BoardColumn
from sales.cards import deal_card, state_of
from sales.selectors import Catalogue, catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from sales.models import Pipeline


def catalogue_of(request: HttpRequest) -> Catalogue:
    """Return the pipelines, the same ones for all of a request."""
    known: Catalogue | None = getattr(request, "sales_catalogue", None)
    if known is None:
        known = catalogue()
        request.sales_catalogue = known  # type: ignore[attr-defined]
    return known


def chosen_pipeline(request: HttpRequest) -> Pipeline | None:
    """Return the pipeline that the address names (``?pipeline=2``), else the viewer's default one."""
    known = catalogue_of(request)
    asked = request.GET.get("pipeline") or request.POST.get("pipeline") or ""
    found = known.pipelines.get(int(asked)) if asked.isdecimal() else None
    return found or known.default_for(access_for(request.user)) or next(iter(known.pipelines.values()), None)


def stage_columns(request: HttpRequest) -> Sequence[BoardColumn]:
    """Return the stages of the chosen pipeline as columns."""
    pipeline = chosen_pipeline(request)
    if pipeline is None:
        return []
    return [
        BoardColumn(
            value=stage.pk,
            label=stage.name,
            color=stage.paint,
            kind=stage.kind,
            limit=stage.most_deals,
            hint=f"{stage.probability} %" if stage.is_open else "",
        )
        for stage in catalogue_of(request).of(pipeline.pk)
    ]


def on_board(request: HttpRequest) -> Q:
    """Leave the open deals of the chosen pipeline."""
    pipeline = chosen_pipeline(request)
    return Q(is_open=True, pipeline_id=pipeline.pk if pipeline else None)


def pipelines_to_choose(request: HttpRequest) -> dict[str, Any]:
    """Return the pipelines that the viewer may look at, and which is shown."""
    known = catalogue_of(request)
    offered = known.open_to(access_for(request.user))
    return {"pipelines": offered, "pipeline": chosen_pipeline(request)}


DEAL_BOARD = Board(
    by="stage",
    beside={"lost_reason": ("lost_note",)},
    columns=stage_columns,
    where=on_board,
    sum="base_minor",
    sum_of="amount",
    weight="probability",
    rank="board_rank",
    card=deal_card,
    needs=("company", "owner", "stage"),
    shows=(
        *("company__name", "company__owner", "company__team"),
        *("owner__username", "owner__full_name", "owner__photo"),
        *("stage__name", "stage__rot_days"),
    ),
    age="stage_entered_at",
    state=state_of,
    toolbar=pipelines_to_choose,
    toolbar_template="sales/board_toolbar.html",
)
