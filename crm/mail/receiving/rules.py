"""Rules for senders: whose letters are left on the server, or taken in as filed."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from crm.lib.kept import Kept
from crm.mail.models import SenderRule

if TYPE_CHECKING:
    from crm.mail.models import Mailbox

#: Read once per process until somebody changes one.
_rules: Kept[list[SenderRule]] = Kept("mail sender rules", lambda: list(SenderRule.objects.order_by("pk")))


def rule_for(address: str, mailbox: Mailbox) -> SenderRule | None:
    """Return the rule for this sender, the mailbox's own before those for all."""
    fitting = [
        rule
        for rule in _rules()
        if rule.mailbox_id in (None, mailbox.pk) and fnmatchcase(address, rule.pattern.lower())
    ]
    return min(fitting, key=lambda rule: rule.mailbox_id is None, default=None)
