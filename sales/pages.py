"""The page of a deal: like any record's, without the facts that only a closed deal has."""

from __future__ import annotations

from typing import Any

from crm.ui.details import DetailPage
from crm.ui.layouts import Fields
from sales.forms import OUTCOME


class DealPage(DetailPage):
    """``/sales/deals/<id>/``."""

    def offered(self, record: Any) -> list[dict[str, Any]]:
        """Leave out the verb that the stage bar stands for."""
        return [one for one in super().offered(record) if one["action"].name != "move"]

    def facts(self, record: Any, names: Any, *, may_edit: bool) -> list[Any]:
        """Leave out when and why a deal was closed while it is open, and why it was lost unless it was."""
        gone = set(OUTCOME) if record.is_open else set() if record.is_lost else {"lost_reason", "lost_note"}
        return super().facts(record, [name for name in names if name not in gone], may_edit=may_edit)

    def drawn(self, part: Any, record: Any) -> Any:
        """Draw a part, unless nothing of it would be left."""
        if isinstance(part, Fields) and set(part.names) <= set(OUTCOME) and not record.is_lost:
            return ""
        return super().drawn(part, record)
