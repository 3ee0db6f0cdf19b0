"""Rules and what came of them, turns of people, letters, and outgoing hooks."""

from crm.automation.models.letter import LetterState, RuleLetter
from crm.automation.models.rotation import Assignment, Rotation, Seat
from crm.automation.models.rule import Rule, RuleMark, RuleVersion, Trigger
from crm.automation.models.run import RuleRun, RunState
from crm.automation.models.webhook import HookDelivery, HookState, Webhook

__all__ = [
    "Assignment",
    "HookDelivery",
    "HookState",
    "LetterState",
    "Rotation",
    "Rule",
    "RuleLetter",
    "RuleMark",
    "RuleRun",
    "RuleVersion",
    "RunState",
    "Seat",
    "Trigger",
    "Webhook",
]
