"""Related records by the names a file gives them: found, made, left empty, or an error.

"GTXPro" finds "GTX Pro": after the exact name and the code, names are compared by their letters
and digits alone. What is made is made by the service of its type under the same job, so that
undo takes it away again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.text import slugify
from django.utils.translation import gettext as _

from crm.identity.access import access_for
from crm.identity.models import User
from crm.records import registry
from crm.records.importing.targets import Writing, fold
from crm.records.journal import JournalWriter

if TYPE_CHECKING:
    from crm.records.fields import Field

#: Up to so many rows a table is read whole: then names can be compared in every way.
SMALL = 5000
NAMES = ("name", "full_name", "title", "label")
CODES = ("code", "sku", "number", "username", "email", "key")

Find = Callable[[Sequence[str]], dict[str, int]]
Make = Callable[[Sequence[str], Writing], dict[str, int]]


@dataclass(frozen=True)
class Finder:
    """How one model is found by text and, if it may be, made from it."""

    find: Find
    make: Make | None = None
    unknown: str = "create"  # what happens to unknown texts unless the mapping says otherwise


@dataclass
class References:
    """All references of one job, remembered while it runs."""

    writing: Writing
    finders: dict[str, Finder] = field(default_factory=dict)
    known: dict[str, dict[str, int]] = field(default_factory=dict)  # field → folded text → id
    made: dict[str, dict[str, str]] = field(default_factory=dict)  # field → folded text → text
    refused: dict[str, dict[str, str]] = field(default_factory=dict)  # field → folded text → reason

    def resolve(
        self, name: str, one: Field, texts: Iterable[str], unknown: str = ""
    ) -> dict[str, int | None]:
        """Ids by folded text; a text without an id is unknown (see `reason`)."""
        known = self.known.setdefault(name, {})
        wanted = {fold(text): text for text in texts}
        missing = {folded: text for folded, text in wanted.items() if folded not in known}
        if missing:
            known.update(self.finder(name, one).find(list(missing.values())))
            missing = {folded: text for folded, text in missing.items() if folded not in known}
        policy = unknown or self.finder(name, one).unknown
        if missing and policy == "create":
            self._make(name, one, missing)
        return {folded: known.get(folded) for folded in wanted}

    def reason(self, name: str, text: str) -> str:
        """Why a text stayed unknown."""
        return self.refused.get(name, {}).get(fold(text)) or _("“%(text)s” was not found.") % {
            "text": text[:60]
        }

    def forget_made(self) -> None:
        """After a rolled back chunk: what was made is not there."""
        for name, texts in self.made.items():
            for folded in texts:
                self.known.get(name, {}).pop(folded, None)

    def finder(self, name: str, one: Field) -> Finder:
        """How the field's model is found."""
        if name not in self.finders:
            assert one.to is not None
            special = _by_field.get(name) or _by_model.get(one.to._meta.label_lower)
            self.finders[name] = special() if special else default_finder(one.to)
        return self.finders[name]

    def _make(self, name: str, one: Field, missing: dict[str, str]) -> None:
        finder = self.finder(name, one)
        assert one.to is not None
        refused = self.refused.setdefault(name, {})
        if finder.make is None or not _may_make(one.to, self.writing.actor):
            text = _("“%(text)s” was not found, and you may not create it.")
            refused.update({folded: text % {"text": raw[:60]} for folded, raw in missing.items()})
            return
        # Two imports at once must not both make the same company.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s))", [f"import:{one.to._meta.label_lower}"]
            )
        found = finder.find(list(missing.values()))
        self.known[name].update(found)
        missing = {folded: text for folded, text in missing.items() if folded not in found}
        if not missing:
            return
        ids = finder.make(list(missing.values()), self.writing)
        self.known[name].update(ids)
        made = self.made.setdefault(name, {})
        for folded, text in missing.items():
            if folded in ids:
                made[folded] = text
            else:
                refused[folded] = _("“%(text)s” could not be created.") % {"text": text[:60]}


def squash(text: str) -> str:
    """Letters and digits alone."""
    return "".join(char for char in text.lower() if char.isalnum())


def default_finder(model: type[models.Model]) -> Finder:
    """Find by name, then by code, then by letters alone; make by the model's service."""
    names = {one.name for one in model._meta.concrete_fields}
    title = next((name for name in NAMES if name in names), "")
    codes = [name for name in CODES if name in names and name != title]
    rows = model._default_manager

    def find(texts: Sequence[str]) -> dict[str, int]:
        if len(rows.values_list("pk")[: SMALL + 1]) <= SMALL:
            return find_in_list(rows.values_list("pk", *filter(None, [title, *codes])), texts)
        return find_in_table(rows.all(), [*filter(None, [title]), *codes], texts)

    return Finder(find, _maker(model, title) if title else None)


def find_in_list(rows: Iterable[tuple[Any, ...]], texts: Sequence[str]) -> dict[str, int]:
    """Find texts among (id, name, codes…): the exact name first, then codes, then letters alone."""
    exact: dict[str, int] = {}
    loose: dict[str, int] = {}
    for pk, *names in rows:
        for name in names:
            if name:
                exact.setdefault(fold(str(name)), pk)
                loose.setdefault(squash(str(name)), pk)
    found: dict[str, int] = {}
    for text in texts:
        pk = exact.get(fold(text)) or loose.get(squash(text) or "-")
        if pk is not None:
            found[fold(text)] = pk
    return found


def find_in_table(rows: models.QuerySet[Any], names: Sequence[str], texts: Sequence[str]) -> dict[str, int]:
    """Find texts in a large table, by one column after the other."""
    found: dict[str, int] = {}
    waiting = {fold(text) for text in texts}
    for name in names:
        pairs = rows.annotate(_folded=Lower(name)).filter(_folded__in=list(waiting)).order_by("-pk")
        for value, pk in pairs.values_list("_folded", "pk"):
            found[fold(value)] = pk
        waiting -= set(found)
        if not waiting:
            break
    return found


def _maker(model: type[models.Model], title: str) -> Make:
    def make(texts: Sequence[str], writing: Writing) -> dict[str, int]:
        if getattr(model, "record_type", None) is not None:
            return make_by_service(model, title, texts, writing)
        rows = [model(**{title: text}) for text in texts]
        model._default_manager.bulk_create(rows)
        journal = JournalWriter(writing.job)
        for row in rows:
            journal.created(row)
        journal.flush()
        return {fold(text): row.pk for text, row in zip(texts, rows, strict=True)}

    return make


def make_by_service(
    model: type[models.Model], title: str, texts: Sequence[str], writing: Writing
) -> dict[str, int]:
    """Make records of a declared type that have nothing but a name."""
    drafts = registry.service_for(model).create(
        [{title: text} for text in texts],
        actor=writing.actor,
        at=writing.at,
        via="import",
        job=writing.job,
        partial=True,
    )
    return {
        fold(text): draft.record.pk
        for text, draft in zip(texts, drafts, strict=True)
        if draft.outcome == "created"
    }


def _may_make(model: type[models.Model], actor: User | None) -> bool:
    if actor is None:
        return True
    access = access_for(actor)
    if access.is_root:
        return True
    if getattr(model, "record_type", None) is not None:
        return access.can(model, "import") or access.can(model, "add")
    # Lists and users are the administrator's; a person who imports may still name a new entry of a list.
    return model is not User


def find_users(texts: Sequence[str]) -> dict[str, int]:
    """Find users by full name, user name or e-mail, those who left included."""
    wanted = {fold(text) for text in texts}
    rows = User.objects.annotate(
        _name=Lower("full_name"), _user=Lower("username"), _mail=Lower("email")
    ).filter(Q(_name__in=wanted) | Q(_user__in=wanted) | Q(_mail__in=wanted))
    found: dict[str, int] = {}
    # Of two with one name the one who still works here is meant.
    for pk, *names in rows.order_by("is_active", "-pk").values_list("pk", "_mail", "_user", "_name"):
        for name in names:
            if name in wanted:
                found[name] = pk
    return found


def make_users(texts: Sequence[str], writing: Writing) -> dict[str, int]:
    """Make inactive users: records may name them, nobody can sign in as them."""
    taken = set(User.objects.values_list("username", flat=True))
    rows = []
    for text in texts:
        user = User(username=free_username(text, taken), full_name=text[:150], is_active=False)
        user.set_unusable_password()
        rows.append(user)
    User.objects.bulk_create(rows)
    journal = JournalWriter(writing.job)
    for row in rows:
        journal.created(row)
    journal.flush()
    return {fold(text): row.pk for text, row in zip(texts, rows, strict=True)}


def free_username(name: str, taken: set[str]) -> str:
    """A user name made from a full name, not taken yet; it is added to `taken`."""
    base = slugify(name, allow_unicode=True).replace("-", ".")[:140] or "user"
    username, count = base, 2
    while username in taken:
        username = f"{base}.{count}"
        count += 1
    taken.add(username)
    return username


_by_model: dict[str, Callable[[], Finder]] = {
    User._meta.label_lower: lambda: Finder(find_users, make_users),
}
_by_field: dict[str, Callable[[], Finder]] = {}


def register_finder(label: str, make: Callable[[], Finder]) -> None:
    """Give a model ("sales.stage") its own way of being found; from ``AppConfig.ready``."""
    _by_model[label] = make
