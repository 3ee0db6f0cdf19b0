"""What a deal must have to enter a stage: one gate for every door.

The form, the board, bulk edits, imports, REST and the admin all write through the deal
service, which asks here and nowhere else. A refusal names the missing field and carries the
code ``required_by_stage``, so that a page can ask for it in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from sales.models import Deal, Stage, StageKind

if TYPE_CHECKING:
    from crm.records.drafts import Draft

REQUIRED_BY_STAGE = "required_by_stage"


def required_fields(stage: Stage) -> list[str]:
    """Return the fields that a deal needs on entering ``stage``."""
    asked = [name for name in Stage.REQUIRABLE if name in stage.required_fields]
    return [*asked, "lost_reason"] if stage.kind == StageKind.LOST else asked


def missing(deal: Deal, stage: Stage) -> list[str]:
    """Return the fields that ``deal`` lacks to enter ``stage``."""
    return [name for name in required_fields(stage) if is_empty(deal, name)]


def is_empty(deal: Deal, name: str) -> bool:
    """Tell whether a deal has nothing in a field; zero is something."""
    value = getattr(deal, deal._meta.get_field(name).attname)  # type: ignore[union-attr]
    return value is None or value == ""


def check_entry(draft: Draft[Deal], stage: Stage) -> None:
    """Refuse a draft that lacks what its new stage needs."""
    for name in missing(draft.record, stage):
        draft.error(name, message_for(name, stage), code=REQUIRED_BY_STAGE)


def check_reason(draft: Draft[Deal]) -> None:
    """Refuse to take the reason away from a lost deal."""
    if draft.record.is_lost and draft.record.lost_reason_id is None:
        draft.error("lost_reason", message_for("lost_reason", None), code=REQUIRED_BY_STAGE)


def message_for(name: str, stage: Stage | None) -> str:
    """Say which field is missing and what asks for it."""
    if name == "lost_reason" or stage is None:
        return _("Say why the deal was lost.")
    label = str(Deal._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    text = _("The stage “%(stage)s” needs: %(field)s.")
    return text % {"stage": stage.name, "field": label}
