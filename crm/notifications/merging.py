"""Who follows a record goes on following it when it is merged."""

from __future__ import annotations

from crm.records.merging import Held, Left, hold, leave


def register() -> None:
    """Hand in followers; what was told stays as it was told."""
    hold(Held("notifications.follow", "record_id", type_column="type_id", same=("user_id",)))
    leave(Left("notifications.notification", "record_id", "Tells what was; its address leads on."))
