"""Figures of work: who called and met whom, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from crm.timeline.models import Activity
from reports.lens import within
from reports.metrics.figures import Bar, with_shares

if TYPE_CHECKING:
    from reports.lens import Lens


def calls_and_meetings(lens: Lens, limit: int = 10) -> list[Bar]:
    """Return the calls and meetings done in the period by person, the busiest first."""
    done = lens.activities().filter(
        within("done_at", lens.period), kind__in=[Activity.Kind.CALL, Activity.Kind.MEETING]
    )
    found = (
        done.values("owner", "owner__full_name", "owner__username")
        .annotate(
            count=Count("pk"),
            calls=Count("pk", filter=Q(kind=Activity.Kind.CALL)),
            meetings=Count("pk", filter=Q(kind=Activity.Kind.MEETING)),
        )
        .order_by("-count")[:limit]
    )
    return with_shares(
        [
            Bar(
                label=row["owner__full_name"] or row["owner__username"] or _("Nobody"),
                value=row["count"],
                count=row["count"],
                rows=lens.rows(
                    "timeline:activity_list",
                    kind=["call", "meeting"],
                    done=lens.period_name,
                    **({} if lens.whose == "mine" else {"owner": row["owner"] or "none"}),
                ),
                facts={"calls": row["calls"], "meetings": row["meetings"]},
            )
            for row in found
        ]
    )
