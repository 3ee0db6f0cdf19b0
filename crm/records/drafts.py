"""What passes through a service: one record with the changes wanted, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from crm.records.models import Record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.core.exceptions import ValidationError

    from crm.identity.access import Access
    from crm.identity.models import User
    from crm.records.journal import JournalWriter
    from crm.records.models import Job

R = TypeVar("R", bound=Record)

#: The kind of a job that does what an import would do, and keeps nothing.
TRIAL = "import_check"
#: Doors by which a person acts on records one at a time.
BY_HAND = frozenset({"page", "board", "rest", "admin"})


class ErrorNote(NamedTuple):
    """Why a value was refused, for a person, and a code for the page that asks again."""

    message: str
    code: str = "invalid"


@dataclass(slots=True)
class WriteContext:
    """Who writes, when, through which door, and where undo is kept."""

    actor: User | None
    at: datetime
    via: str
    job: Job | None
    access: Access | None
    journal: JournalWriter

    @property
    def by_hand(self) -> bool:
        return self.via in BY_HAND

    @property
    def is_trial(self) -> bool:
        """Whether all of this is taken back at once: a check of an import uses up no numbers."""
        return self.job is not None and self.job.kind == TRIAL

    @property
    def is_told(self) -> bool:
        """Whether subscribers hear of it: of an import only when the person asked for that."""
        if self.via == "demo" or self.is_trial:
            return False
        return self.via != "import" or bool(self.job and self.job.params.get("run_rules"))


@dataclass(slots=True)
class Draft(Generic[R]):
    """One record on its way to being written.

    ``before`` holds the old values of what changed, by column; ``notes`` the old and new
    text of virtual fields; ``event`` and ``facts`` name the event when it is more than
    "created" or "updated".
    """

    record: R
    changes: dict[str, Any] = field(default_factory=dict)
    is_new: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    errors: dict[str, list[ErrorNote]] = field(default_factory=dict)
    outcome: str = "unchanged"
    event: str = ""
    event_at: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    snapshot: dict[str, Any] = field(default_factory=dict)

    def error(self, name: str, message: str, *, code: str = "invalid") -> None:
        """Refuse the value of a field ("__all__" for the whole record)."""
        self.errors.setdefault(name, []).append(ErrorNote(str(message), code))
        self.outcome = "error"

    def take(self, refused: ValidationError) -> None:
        """Take over what Django's own validation said."""
        found = refused.error_dict if hasattr(refused, "error_dict") else {"__all__": refused.error_list}
        for name, errors in found.items():
            for one in errors:
                for message in one.messages:
                    self.error(name, message, code=one.code or "invalid")

    def remember(self) -> None:
        """Keep the values as they are now, to know later what changed."""
        self.snapshot = self._values()

    def settle(self) -> bool:
        """Work out ``before``; tell whether anything changed at all."""
        now = self._values()
        self.before = {name: old for name, old in self.snapshot.items() if now[name] != old}
        if not self.before and not self.notes:
            self.outcome = "unchanged"
            return False
        return True

    def has_changed(self, name: str) -> bool:
        """Tell whether a model field differs from what was remembered; always true for a new record."""
        attname: str = self.record._meta.get_field(name).attname  # type: ignore[union-attr]
        return self.is_new or self.snapshot.get(attname) != getattr(self.record, attname)

    def _values(self) -> dict[str, Any]:
        return {
            one.attname: list(value)
            if isinstance(value := getattr(self.record, one.attname), list)
            else value
            for one in self.record._meta.concrete_fields
        }


class RecordErrors(Exception):
    """Something was refused; nothing has been written."""

    def __init__(self, drafts: Sequence[Draft[Any]]) -> None:
        self.drafts = list(drafts)
        self.errors = next((draft.errors for draft in self.drafts if draft.errors), {})
        super().__init__("; ".join(note.message for notes in self.errors.values() for note in notes))

    @property
    def is_forbidden(self) -> bool:
        return any(note.code == "forbidden" for notes in self.errors.values() for note in notes)


class StaleRecord(Exception):
    """Somebody else changed the record since it was read."""

    def __init__(self, current: Record, seen_version: int) -> None:
        self.current = current
        self.seen_version = seen_version
        super().__init__(f"{current} was changed meanwhile.")
