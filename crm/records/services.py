"""Every write of a record: made, changed, deleted, restored; one or many, by any door.

A trade subclasses ``RecordService`` and adds its own rules in ``prepare`` and its own rows in
``after_save``. Both see the whole set at once: ten thousand records cost no more statements than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from crm.identity.access import access_for
from crm.identity.scopes import Scope
from crm.records import audit, constraints, copying, followers, guards, search, tagging
from crm.records.customfields import writing as custom
from crm.records.customfields.field import Made
from crm.records.drafts import Draft, RecordErrors, StaleRecord, WriteContext
from crm.records.fields import Field, fields_of
from crm.records.journal import JournalWriter
from crm.records.models import Job, Record

if TYPE_CHECKING:
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.registry import Ref

R = TypeVar("R", bound=Record)

#: Up to this many records are checked against unique constraints one by one, for a better message.
CAREFUL = 20
BATCH = 1000


class RecordService(Generic[R]):
    """Writes records of one type. Stateless: one instance serves the whole process."""

    model: type[R]
    #: Model fields that no door shows.
    internal: ClassVar[frozenset[str]] = frozenset()
    #: Model fields that hold money.
    money: ClassVar[tuple[str, ...]] = ()
    #: Further names of model fields in files.
    synonyms: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    #: Required fields that the service fills in when nobody gives them.
    filled: ClassVar[frozenset[str]] = frozenset()
    #: What verbs pass beside the fields; no door offers these names.
    commands: ClassVar[frozenset[str]] = frozenset()
    #: The command by which a record keeps why it was given to its owner; most keep nothing.
    gives_why: ClassVar[str] = ""
    #: Field → other fields that tell its value too: a field right over one holds for all of them.
    covers: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    #: Fields by whose values a record is found or shown in the search; None is any of them.
    searched: ClassVar[frozenset[str] | None] = None
    #: Fields that the title tells: they can be read-only, but not hidden.
    titled: ClassVar[frozenset[str]] = frozenset()
    #: Whether several records may become one; then somebody holds each table that refers to them.
    mergeable: ClassVar[bool] = False
    #: Of a merge: fields that copy the main row of a table, and those that follow from other fields.
    copied: ClassVar[frozenset[str]] = frozenset()
    derived: ClassVar[frozenset[str]] = frozenset()
    #: Fields of which one record gives all: their names by a label.
    together: ClassVar[Mapping[Any, tuple[str, ...]]] = {}

    # What a trade overrides.

    def extra_fields(self) -> Sequence[Field]:
        """Fields that live in other tables and are written by ``after_save``."""
        return ()

    def prepare(self, drafts: Sequence[Draft[R]], ctx: WriteContext) -> None:
        """Fill in defaults and judge the set; put errors on the drafts."""

    def after_save(self, drafts: Sequence[Draft[R]], ctx: WriteContext) -> None:
        """Write what lives in other tables."""

    def links(self, record: R) -> Iterable[Ref]:
        """Whose timelines show this record's events."""
        return ()

    def title(self, record: R) -> str:
        return str(record)

    def subtitle(self, record: R) -> str:
        return ""

    def search_text(self, record: R) -> str:
        """All words by which this record is found."""
        return self.title(record)

    def for_search(self, records: models.QuerySet[R]) -> models.QuerySet[R]:
        """Add what ``title``, ``search_text`` and ``links`` read, so that a set costs no more."""
        return records

    def as_saved(self, drafts: Sequence[Draft[R]]) -> list[R] | None:
        """Return what ``for_search`` would read of records just made, or None: then it is read."""
        return None

    def taken_back(self, records: Sequence[R], *, removed: bool) -> None:
        """Bring in line what hangs on records that undo is about to remove, or has just put back."""

    def before_merge(self, draft: Draft[R], absorbed: Sequence[R]) -> None:
        """Settle on the record that stays what choosing values alone would get wrong."""

    # The verbs.

    def create(
        self,
        rows: Sequence[Mapping[str, Any]],
        *,
        actor: User | None,
        at: datetime,
        via: str = "page",
        job: Job | None = None,
        partial: bool = False,
    ) -> list[Draft[R]]:
        """Make records from ``rows`` of values by field name.

        Raises:
            RecordErrors: when a row is refused and ``partial`` is off; then nothing is written.
        """
        ctx = self._context(actor, at, via, job)
        drafts = [self._new_draft(row, ctx) for row in rows]
        guards.check_add(self.model, drafts, ctx)
        with transaction.atomic():
            custom.fill_first(drafts, self.model, ctx)
            guards.lead_on(self.model, drafts, ctx)
            tagging.settle(drafts, ctx)
            self.prepare(drafts, ctx)
            guards.check_reach(self.model, drafts, ctx)
            custom.check(drafts, self.model, ctx)
            good = self._validated(drafts, partial=partial)
            self._insert(good, partial=partial)
            good = self._without_errors(drafts, partial=partial)
            self._written(good, ctx)
        return drafts

    def update(
        self,
        records: Iterable[R] | models.QuerySet[R],
        changes: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        actor: User | None,
        at: datetime,
        via: str = "page",
        job: Job | None = None,
        partial: bool = False,
        seen_version: int | None = None,
    ) -> list[Draft[R]]:
        """Change ``records``: all alike, or each by its own mapping.

        Raises:
            RecordErrors: when a change is refused and ``partial`` is off; then nothing is written.
            StaleRecord: when somebody changed the record after ``seen_version``.
        """
        ctx = self._context(actor, at, via, job)
        ids = [record.pk for record in records]
        each = [changes] * len(ids) if isinstance(changes, Mapping) else list(changes)
        with transaction.atomic():
            locked = self._lock(ids)
            drafts = [
                Draft(record=locked[pk], changes=dict(one))
                for pk, one in zip(ids, each, strict=True)
                if pk in locked
            ]
            for draft in drafts:
                is_old = seen_version not in (None, draft.record.version)
                if seen_version is not None and is_old and draft.record.merged_into_id is None:
                    raise StaleRecord(draft.record, seen_version)
                draft.remember()
            guards.check_change(self.model, drafts, ctx)
            for draft in drafts:
                self._apply(draft)
            guards.lead_on(self.model, drafts, ctx)
            tagging.settle(drafts, ctx)
            self.prepare(drafts, ctx)
            custom.check(drafts, self.model, ctx)
            good = self._validated(drafts, partial=partial)
            changed = [draft for draft in good if draft.settle()]
            self._save(changed, ctx)
            self._written(self._without_errors(changed, partial=partial), ctx)
        return drafts

    def delete(
        self,
        records: Iterable[R] | models.QuerySet[R],
        *,
        actor: User | None,
        at: datetime,
        via: str = "page",
        job: Job | None = None,
    ) -> list[Draft[R]]:
        """Put records into the bin, from which they return within 30 days."""
        return self._bin(records, deleted_at=at, event="deleted", ctx=self._context(actor, at, via, job))

    def restore(
        self,
        records: Iterable[R] | models.QuerySet[R],
        *,
        actor: User | None,
        at: datetime,
        via: str = "page",
        job: Job | None = None,
    ) -> list[Draft[R]]:
        """Take records back out of the bin."""
        return self._bin(records, deleted_at=None, event="restored", ctx=self._context(actor, at, via, job))

    def reindex(self, ids: Sequence[int]) -> None:
        """Write the search rows of these records anew."""
        search.write(self, search.read(self, ids))

    # The steps.

    def _context(self, actor: User | None, at: datetime, via: str, job: Job | None) -> WriteContext:
        access = access_for(actor) if actor else None
        return WriteContext(actor=actor, at=at, via=via, job=job, access=access, journal=JournalWriter(job))

    def _new_draft(self, row: Mapping[str, Any], ctx: WriteContext) -> Draft[R]:
        record = copying.quick(
            self.model,
            created_at=ctx.at,
            updated_at=ctx.at,
            last_touch_at=ctx.at,
            created_by_id=ctx.actor.pk if ctx.actor else None,
        )
        draft = Draft(record=record, changes=dict(row), is_new=True)
        if ctx.actor and (ctx.by_hand or self._imports_own(ctx)):
            draft.changes.setdefault("owner", ctx.actor)
        self._apply(draft)
        return draft

    def _imports_own(self, ctx: WriteContext) -> bool:
        """Tell whether a file is brought by somebody who may import their own records only."""
        if ctx.access is None or ctx.via != "import":
            return False
        return ctx.access.scope(self.model, "import") is not Scope.ALL

    def _apply(self, draft: Draft[R]) -> None:
        known = fields_of(self.model)
        for name, value in draft.changes.items():
            if name in self.commands:
                continue
            one = known.get(name)
            if one is None or not one.writable:
                draft.error(name, _("There is no field of this name that could be written."), code="unknown")
            elif isinstance(one, Made):
                custom.put(draft, one, value)
            elif not one.virtual and name not in draft.errors:
                self._set(draft, name, value)

    def _set(self, draft: Draft[R], name: str, value: Any) -> None:
        model_field = self.model._meta.get_field(name)
        if isinstance(model_field, models.ForeignKey) and isinstance(value, int):
            setattr(draft.record, model_field.attname, value)
            return
        if value is None and not model_field.null:
            value = [] if model_field.get_internal_type() == "ArrayField" else ""
            if not model_field.empty_strings_allowed and value == "":
                value = model_field.get_default()  # type: ignore[union-attr]
        setattr(draft.record, name, value)

    def _validated(self, drafts: Sequence[Draft[R]], *, partial: bool) -> list[Draft[R]]:
        careful = len(drafts) <= CAREFUL
        foreign = {one.name for one in self.model._meta.fields if one.is_relation}
        lists = constraints.growing_choices(self.model)
        exclude = foreign | set(lists)
        for draft in drafts:
            if draft.errors:
                continue
            try:
                draft.record.clean_fields(exclude=exclude)
                self._check_choices(draft, lists)
                draft.record.clean()
                if careful:
                    constraints.check_unique(draft)
            except ValidationError as refused:
                draft.take(refused)
            constraints.check_required(draft)
        return self._without_errors(drafts, partial=partial)

    def _check_choices(self, draft: Draft[R], lists: Mapping[str, set[Any]]) -> None:
        for name, known in lists.items():
            value = getattr(draft.record, name)
            if value in known:
                continue
            model_field = self.model._meta.get_field(name)
            if not (model_field.blank and value in model_field.empty_values):  # type: ignore[union-attr]
                draft.error(name, _("“%(value)s” is none of the choices.") % {"value": value})

    def _without_errors(self, drafts: Sequence[Draft[R]], *, partial: bool) -> list[Draft[R]]:
        if not partial and any(draft.errors for draft in drafts):
            raise RecordErrors(drafts)
        return [draft for draft in drafts if not draft.errors]

    def _lock(self, ids: Sequence[int]) -> dict[int, R]:
        rows = self.model.all_objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
        return {record.pk: record for record in rows}

    def _insert(self, drafts: Sequence[Draft[R]], *, partial: bool) -> None:
        if not drafts:
            return
        try:
            with transaction.atomic():
                copying.insert(self.model, [draft.record for draft in drafts])
        except IntegrityError:
            self._insert_one_by_one(drafts)
            self._without_errors(drafts, partial=partial)

    def _insert_one_by_one(self, drafts: Sequence[Draft[R]]) -> None:
        for draft in drafts:
            draft.record.pk = None
            try:
                with transaction.atomic():
                    draft.record.save(force_insert=True)
            except IntegrityError as refused:
                if not custom.take(draft, refused):
                    constraints.take(draft, refused)

    def _save(self, drafts: Sequence[Draft[R]], ctx: WriteContext) -> None:
        if not drafts:
            return
        for draft in drafts:
            draft.record.version += 1
            draft.record.updated_at = ctx.at
        names = sorted({name for draft in drafts for name in draft.before} | {"version", "updated_at"})
        by_attname = {one.attname: one.name for one in self.model._meta.concrete_fields}
        fields = sorted({by_attname.get(name, name) for name in names})
        if len(drafts) == 1:
            self._save_one_by_one(drafts, fields)
            return
        try:
            with transaction.atomic():
                copying.update(self.model, [draft.record for draft in drafts], fields)
        except IntegrityError:
            self._save_one_by_one(drafts, fields)

    def _save_one_by_one(self, drafts: Sequence[Draft[R]], fields: Sequence[str]) -> None:
        for draft in drafts:
            try:
                with transaction.atomic():
                    draft.record.save(update_fields=fields)
            except IntegrityError as refused:
                if not custom.take(draft, refused):
                    constraints.take(draft, refused)

    def _written(self, drafts: Sequence[Draft[R]], ctx: WriteContext) -> None:
        """Finish a set of saved records: children, journal, search, events."""
        if not drafts:
            return
        for draft in drafts:
            draft.outcome = "created" if draft.is_new else "updated"
            if draft.is_new:
                ctx.journal.created(draft.record)
            else:
                ctx.journal.changed(draft.record, draft.before)
        self.after_save(drafts, ctx)
        if ctx.is_trial:
            # All of it is taken back in a moment: nobody will search for it, undo it or read of it.
            return
        custom.take_files(drafts, self.model)
        ids = [draft.record.pk for draft in drafts]
        fresh = {one.pk: one for one in self.as_saved(drafts) or search.read(self, ids)}
        search.write(self, list(fresh.values()))
        audit.tell(self, drafts, fresh, ctx)
        followers.tell(self, drafts, fresh)
        ctx.journal.flush()

    def _bin(
        self,
        records: Iterable[R] | models.QuerySet[R],
        *,
        deleted_at: datetime | None,
        event: str,
        ctx: WriteContext,
    ) -> list[Draft[R]]:
        with transaction.atomic():
            drafts = [
                Draft(record=record) for record in self._lock([record.pk for record in records]).values()
            ]
            guards.check_action(self.model, drafts, "delete", ctx)
            drafts = [draft for draft in drafts if draft.record.is_deleted is (deleted_at is None)]
            self._without_errors(drafts, partial=False)
            for draft in drafts:
                draft.remember()
                draft.record.deleted_at = deleted_at
                draft.event = f"{self.model._meta.model_name}.{event}"
                draft.settle()
            self._save(drafts, ctx)
            self._written(self._without_errors(drafts, partial=False), ctx)
        return drafts
