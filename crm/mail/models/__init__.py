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

__all__ = [
    "AddressRole",
    "Auth",
    "AutoReplyCounter",
    "Direction",
    "Folder",
    "LedgerRow",
    "Linked",
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
    "Security",
    "SenderAct",
    "SenderRule",
    "Thread",
]
