"""What rules did with a record stays in their log as it was when the record is merged."""

from __future__ import annotations

from crm.records.merging import Left, leave


def register() -> None:
    """Say so of both logs."""
    why = "A log of what rules did: titles and addresses lead on."
    leave(Left("automation.assignment", "record_id", why), Left("automation.rulerun", "record_id", why))
