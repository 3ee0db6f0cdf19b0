"""Activities of records that are merged: they go along, and what is planned is planned with the survivor."""

from __future__ import annotations

from crm.records.merging import Held, hold
from crm.timeline import keeping


def register() -> None:
    """Hand in activities and their links."""
    hold(
        Held("timeline.activity", "about_id", type_column="about_type_id", is_searched=False),
        Held(
            "timeline.activitylink",
            "record_id",
            type_column="type_id",
            same=("activity_id",),
            after=keeping.settle_next_due,
            is_shown=False,
        ),
        Held("timeline.participant", "record_id", type_column="type_id", is_shown=False),
    )
