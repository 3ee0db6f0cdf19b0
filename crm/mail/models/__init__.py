"""Mailboxes, the letters in them, and the book of everything that arrived."""

from crm.mail.models.ledger import AutoReplyCounter, LedgerRow, Outcome, SenderAct, SenderRule
from crm.mail.models.mailbox import (
    Auth,
    Folder,
    Mailbox,
    MailboxKind,
    MailboxState,
    MailVisibility,
    Security,
)
from crm.mail.models.message import (
    AddressRole,
    Direction,
    Linked,
    Message,
    MessageAddress,
    MessageFile,
    MessageKind,
    MessageLink,
    MessageState,
    Thread,
)
from crm.mail.models.outgoing import (
    IN_TROUBLE,
    STOPPABLE,
    Outgoing,
    OutgoingState,
    OutgoingTry,
    TryOutcome,
)
from crm.mail.models.tracking import MailPolicy, Tracked, TrackedKind
from crm.mail.models.writing import Draft, DraftFile, MailTemplate, Signature

__all__ = [
    "IN_TROUBLE",
    "STOPPABLE",
    "AddressRole",
    "Auth",
    "AutoReplyCounter",
    "Direction",
    "Draft",
    "DraftFile",
    "Folder",
    "LedgerRow",
    "Linked",
    "MailPolicy",
    "MailTemplate",
    "MailVisibility",
    "Mailbox",
    "MailboxKind",
    "MailboxState",
    "Message",
    "MessageAddress",
    "MessageFile",
    "MessageKind",
    "MessageLink",
    "MessageState",
    "Outcome",
    "Outgoing",
    "OutgoingState",
    "OutgoingTry",
    "Security",
    "SenderAct",
    "SenderRule",
    "Signature",
    "Thread",
    "Tracked",
    "TrackedKind",
    "TryOutcome",
]
