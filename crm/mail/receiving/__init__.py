"""One raw letter becomes exactly one row of the ledger, and mostly a message on records."""

from crm.mail.receiving.hooks import Received, register_desk, register_follower, register_part
from crm.mail.receiving.intake import Arrival, Intake, receive, retry

__all__ = [
    "Arrival",
    "Intake",
    "Received",
    "receive",
    "register_desk",
    "register_follower",
    "register_part",
    "retry",
]
