"""What a letter is: written by a person, or by a machine, and which.

Automatic replies, delivery reports, bounces in all their dialects, complaints, read receipts
and mailing lists are told apart from what somebody has written to us.
"""

from crm.mail.judging import bounces
from crm.mail.judging.bounces import Bounced
from crm.mail.judging.verdicts import Verdict, judge

__all__ = ["Bounced", "Verdict", "bounces", "judge"]
