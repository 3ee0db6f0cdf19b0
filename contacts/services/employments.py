"""Where people work: one main job at a time, earlier ones kept with their dates.

A new company on a person means that they moved: the old job ends, the new one begins. Only
a job put in by hand the same day is taken for a slip and corrected without a trace.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import Company, Employment, Person
from contacts.services import rows as rowing
from contacts.services.rows import Command, Rows
from crm.records import copying

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.records.drafts import Draft, WriteContext

#: A job recorded this short a while ago is corrected rather than ended.
SLIP = timedelta(hours=12)
EDITABLE = ("title", "department", "started_on", "ended_on")


@dataclass(frozen=True)
class Move(Command):
    """Start a job; the main one before ends the same day unless ``keeps_old``."""

    company: Company
    title: str = ""
    department: str = ""
    on: date | None = None
    keeps_old: bool = False


@dataclass(frozen=True)
class Leave(Command):
    """End a job: the given one, else the main one."""

    employment_id: int | None = None
    on: date | None = None


@dataclass(frozen=True)
class EditJob(Command):
    """Correct a job: ``values`` may hold title, department, started_on, ended_on, is_primary."""

    employment_id: int
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RemoveJob(Command):
    """Take a job out that never was."""

    employment_id: int


COMMANDS = (Move, Leave, EditJob, RemoveJob)


def plan(drafts: Sequence[Draft[Person]], ctx: WriteContext) -> None:
    """Work out the jobs of the set and the copies on its people."""
    touched = [draft for draft in drafts if _concerns(draft)]
    if not touched:
        return
    known = rowing.load(Employment, touched, "company")
    for draft in touched:
        rows = known.get(draft.record.pk) or Rows[Employment]()
        Planner(draft, rows, ctx).run()
        rowing.plan(draft, rows, Employment)


def _concerns(draft: Draft[Person]) -> bool:
    named = draft.has_changed("company") if "company" in draft.changes else False
    named = named or "job_title" in draft.changes
    return named or bool(rowing.commands(draft, COMMANDS))


class Planner:
    """Brings the jobs of one person to what their draft asks for."""

    def __init__(self, draft: Draft[Person], rows: Rows[Employment], ctx: WriteContext) -> None:
        self.draft, self.rows, self.ctx = draft, rows, ctx
        self.today = timezone.localtime(ctx.at).date()

    def run(self) -> None:
        obeyed = rowing.commands(self.draft, COMMANDS)
        before = self._described() if obeyed else ""
        if "company" in self.draft.changes:
            self._set_company(self.draft.record.company_id)
        main = self._main
        if "job_title" in self.draft.changes and main is not None:
            main.title = self.draft.record.job_title
        for command in obeyed:
            self._obey(command)
        self._keep_one_main()
        self._copy()
        is_told = self.draft.is_new or self.draft.has_changed("company")
        if obeyed and not is_told and self._described() != before:
            self.draft.notes["employments"] = (before, self._described())

    def _set_company(self, company_id: int | None) -> None:
        main = self._main
        if company_id == (main.company_id if main else None):
            return
        slip = main if main is not None and self._is_slip(main) else None
        known = next((row for row in self._current if row.company_id == company_id), None)
        known = known or self._reopened(company_id, slip)
        if slip is not None and known is None and company_id is not None:
            slip.company_id = company_id
            return
        if slip is not None:
            self.rows.remove(slip)
        elif main is not None:
            self._end(main, self.today)
        if company_id is not None:
            self._promote(known or self._begun(company_id, after=main))

    def _begun(self, company_id: int, *, after: Employment | None) -> Employment:
        """Start a job by naming its company; the day is known only when another job ends."""
        title = self.draft.record.job_title if "job_title" in self.draft.changes else ""
        started = self.today if after is not None and self.ctx.by_hand else None
        return self._start(company_id, title, "", started)

    def _reopened(self, company_id: int | None, slip: Employment | None) -> Employment | None:
        """Open a job again that was ended by mistake today: its end is taken back."""
        day = slip.started_on if slip is not None and slip.started_on else self.today
        ended = (row for row in self.rows if row.company_id == company_id and row.ended_on == day)
        found = next(ended, None) if self.ctx.by_hand else None
        if found is not None:
            found.ended_on = None
        return found

    def _obey(self, command: Command) -> None:
        if isinstance(command, Move):
            self._move(command)
        elif isinstance(command, Leave):
            job = self.rows.get(command.employment_id) if command.employment_id else self._main
            self._end(job, command.on or self.today, asked=True)
        elif isinstance(command, EditJob | RemoveJob):
            job = self.rows.get(command.employment_id)
            if job is None:
                self.draft.error("__all__", _("This job is gone."), code="not_found")
            elif isinstance(command, RemoveJob):
                self.rows.remove(job)
            else:
                self._edit(job, command.values)

    def _move(self, command: Move) -> None:
        day, main = command.on or self.today, self._main
        known = next((row for row in self._current if row.company_id == command.company.pk), None)
        if known is not None and (known.is_primary or command.keeps_old):
            self.draft.error("company", _("This person works at this company already."), code="unique")
            return
        if main is not None and not command.keeps_old:
            self._end(main, day, asked=True)
        job = known or self._start(command.company.pk, command.title, command.department, day)
        job.company = command.company
        if not command.keeps_old or main is None:
            self._promote(job)

    def _start(self, company_id: int, title: str, department: str, on: date | None) -> Employment:
        job = copying.quick(
            Employment,
            company_id=company_id,
            title=title[:160],
            department=department[:120],
            started_on=on,
            is_primary=False,
            created_at=self.ctx.at,
        )
        return self.rows.add(job)

    def _end(self, job: Employment | None, day: date, *, asked: bool = False) -> None:
        if job is None or job.ended_on is not None:
            if asked:
                self.draft.error("__all__", _("This job has ended already."), code="closed")
            return
        if day > self.today:
            self.draft.error("on", _("This day lies ahead."), code="future")
        elif job.started_on and day < job.started_on:
            self.draft.error("on", _("The last day lies before the first."), code="order")
        job.ended_on, job.is_primary = day, False

    def _edit(self, job: Employment, values: Mapping[str, Any]) -> None:
        for name in EDITABLE:
            if name in values:
                setattr(job, name, values[name])
        if job.started_on and job.ended_on and job.ended_on < job.started_on:
            self.draft.error("ended_on", _("The last day lies before the first."), code="order")
        if job.ended_on is not None:
            job.is_primary = False
        elif values.get("is_primary"):
            self._promote(job)
        if len({row.company_id for row in self._current}) < len(self._current):
            self.draft.error("ended_on", _("This person works at this company already."), code="unique")

    def _is_slip(self, job: Employment) -> bool:
        """Tell whether a job was put in just now, by hand, without a day of its own."""
        is_fresh = self.ctx.at - job.created_at < SLIP and job.started_on in (None, self.today)
        return self.ctx.by_hand and is_fresh

    @property
    def _current(self) -> list[Employment]:
        return [row for row in self.rows if row.ended_on is None]

    @property
    def _main(self) -> Employment | None:
        return next((row for row in self.rows if row.is_primary), None)

    def _promote(self, job: Employment) -> None:
        for row in self.rows:
            row.is_primary = row is job

    def _keep_one_main(self) -> None:
        if self._main is None and self._current:
            self._promote(self._current[-1])

    def _copy(self) -> None:
        main, person = self._main, self.draft.record
        person.company_id = main.company_id if main else None
        if main is not None:
            person.job_title = main.title
        elif "job_title" not in self.draft.changes:
            person.job_title = ""

    def _described(self) -> str:
        return "; ".join(describe(row) for row in self.rows)


def describe(job: Employment) -> str:
    """Return a job in words, as history shows it."""
    text = ", ".join(part for part in (job.title, str(job.company)) if part)
    return _("%(job)s until %(day)s") % {"job": text, "day": job.ended_on} if job.ended_on else text
