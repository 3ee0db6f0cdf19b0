"""Figures of a sequence: what each step has sent, who answered, met us or stopped there, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count, Max

from crm.mail.models import Enrolment, EnrolmentState, OutgoingState, StepRun, StopReason

if TYPE_CHECKING:
    from crm.mail.models import Sequence, SequenceStep


@dataclass(slots=True)
class StepFigures:
    """One step. ``here`` + ``paused`` + ``ended`` + the reasons over all steps are all who were taken up."""

    step: SequenceStep | None
    done: int = 0
    sent: int = 0
    here: int = 0
    paused: int = 0
    ended: int = 0
    stopped: Counter[str] = field(default_factory=Counter)

    @property
    def replied(self) -> int:
        return self.stopped[StopReason.REPLY]

    @property
    def met(self) -> int:
        return self.stopped[StopReason.MEETING]

    @property
    def others(self) -> list[tuple[str, int]]:
        """Why people stopped here otherwise."""
        shown = (StopReason.REPLY, StopReason.MEETING)
        return [
            (str(one.label), self.stopped[one])
            for one in StopReason
            if one not in shown and self.stopped[one]
        ]

    @property
    def total(self) -> int:
        return self.here + self.paused + self.ended + sum(self.stopped.values())


def figures(sequence: Sequence) -> list[StepFigures]:
    """Return the figures per step; the first line, without a step, is who has not begun.

    Each participant counts in one line: that of the last step that was done for them.
    """
    lines = {0: StepFigures(None)} | {
        one.position: StepFigures(one) for one in sequence.steps.order_by("position")
    }
    runs = StepRun.objects.filter(enrolment__sequence=sequence)
    for position, count in runs.values_list("position").annotate(count=Count("pk")):
        lines.setdefault(position, StepFigures(None)).done = count
    sent = runs.filter(outgoing__state=OutgoingState.SENT)
    for position, count in sent.values_list("position").annotate(count=Count("pk")):
        lines[position].sent = count
    rows = Enrolment.objects.filter(sequence=sequence).annotate(last=Max("runs__position"))
    for state, reason, last in rows.values_list("state", "reason", "last"):
        line = lines.setdefault(last or 0, StepFigures(None))
        if state == EnrolmentState.STOPPED:
            line.stopped[reason] += 1
        elif state == EnrolmentState.DONE:
            line.ended += 1
        elif state == EnrolmentState.PAUSED:
            line.paused += 1
        else:
            line.here += 1
    return [lines[position] for position in sorted(lines) if position or lines[0].total]
