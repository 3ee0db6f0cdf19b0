"""A list by groups for REST: the same totals that the page shows."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.api import errors
from crm.api.lists import refuse_nonsense
from crm.api.permissions import TypePermission
from crm.ui.grouping import MOST_GROUPS, Grouping, groupings
from crm.ui.states import ListState
from crm.ui.totals import totals_of

GROUP = {
    "type": "object",
    "required": ["key", "label", "count", "sums"],
    "properties": {
        "key": {
            "type": "string",
            "nullable": True,
            "description": "What the list's filter of this name takes to show just this group.",
        },
        "label": {"type": "string"},
        "count": {"type": "integer"},
        "sums": {
            "type": "object",
            "additionalProperties": {"type": "number"},
            "description": "By column; money in the base currency.",
        },
    },
}
ANSWER = {
    "type": "object",
    "required": ["results", "is_cut"],
    "properties": {
        "results": {"type": "array", "items": GROUP},
        "is_cut": {"type": "boolean", "description": f"Whether there are more than {MOST_GROUPS} groups."},
    },
}
BY = OpenApiParameter(
    "by",
    OpenApiTypes.STR,
    required=True,
    description="A filter of the list with values that repeat; a date with “.month” or “.year” behind it.",
)


class GroupsApi(APIView):
    """Counts and sums of a type's records by one of their fields, of those that the caller sees."""

    permission_classes = (TypePermission,)
    record_type: ClassVar[Any] = None
    views: ClassVar[Any] = None

    def __init__(self, views: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.views = views  # type: ignore[misc]
        # The schema looks at a view that belongs to no type yet.
        self.record_type = views.record_type() if views is not None else None  # type: ignore[misc]

    @extend_schema(
        summary="Totals by group",
        parameters=[BY],
        responses={200: ANSWER, 400: OpenApiResponse(errors.SCHEMA, "Refused: what is wrong, by field.")},
    )
    def get(self, request: Any) -> Response:
        """Take the filters of the list beside “by”."""
        query = request.query_params.copy()
        wanted = query.pop("by", [""])[-1]
        state = ListState(self.views, request.user, query, timezone.now())
        refuse_nonsense(state, query)
        ways = {one.key: one for one in groupings(state)}
        if wanted not in ways:
            raise ValidationError({"by": [_("One of: %(names)s.") % {"names": ", ".join(ways)}]})
        return Response(self.told(ways[wanted]))

    def told(self, grouping: Grouping) -> dict[str, Any]:
        totals = totals_of(grouping.state.table)
        counts = grouping.counts(limit_ms=None) or []
        found = [
            {
                "key": row.raw,
                "label": row.label,
                "count": row.count,
                "sums": {
                    one.name: float(one.value(sum_)) for one, sum_ in zip(totals, row.sums, strict=True)
                },
            }
            for row in grouping.named(counts[:MOST_GROUPS])
        ]
        return {"results": found, "is_cut": len(counts) > MOST_GROUPS}
