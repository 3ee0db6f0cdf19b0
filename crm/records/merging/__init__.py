"""Making one record of several, and several of one again."""

from crm.records.merging.choosing import Comparison, Row, compare
from crm.records.merging.held import Held, Left, declared, held_of, hold, leave, references
from crm.records.merging.previewing import Moving, preview
from crm.records.merging.splitting import later_edits, may_split, split, survivor_of, why_not_split
from crm.records.merging.survivors import Fate, fate_of, survivors_of
from crm.records.merging.work import MOST, MergeRefused, merge, refusals, start

__all__ = [
    "MOST",
    "Comparison",
    "Fate",
    "Held",
    "Left",
    "MergeRefused",
    "Moving",
    "Row",
    "compare",
    "declared",
    "fate_of",
    "held_of",
    "hold",
    "later_edits",
    "leave",
    "may_split",
    "merge",
    "preview",
    "references",
    "refusals",
    "split",
    "start",
    "survivor_of",
    "survivors_of",
    "why_not_split",
]
