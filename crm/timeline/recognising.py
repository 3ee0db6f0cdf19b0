"""How an activity of a file is recognised: with whom, what kind, when, and about what.

Activities have no name of their own that would tell them apart ("Call" is the subject of
thousands), so a file that comes twice is compared by all of these together.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext_lazy

from crm.identity.models import Organisation
from crm.records.importing.targets import Profile, WholeKey, fold, register_profile
from crm.timeline.linking import about_types, asked_refs
from crm.timeline.models import Activity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm.records.registry import Ref

WORDS = ("subject", "body")
TIMES = ("due_at", "done_at")
COLUMNS = ("about_type_id", "about_id", "kind", *TIMES, *WORDS, "all_day", "owner__time_zone", "pk")


def register() -> None:
    """Let files of activities be recognised without a key of their own."""
    label = gettext_lazy("Record, kind, time and words together")
    register_profile(
        "timeline.activity", Profile(whole=WholeKey(label, says_enough, text_of_row, find_activities))
    )


def says_enough(used: set[str]) -> bool:
    """Tell whether mapped fields tell activities apart: words or a time."""
    return not used.isdisjoint((*WORDS, *TIMES))


def text_of_row(values: Mapping[str, Any]) -> str:
    """Write the key of one row, by the texts of its cells."""
    if not any(values.get(name) for name in (*WORDS, *TIMES)):
        return ""
    names = (*about_types(), "kind", *TIMES, *WORDS)
    told = "|".join(fold(str(values.get(name) or "")) for name in names)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def find_activities(rows: Mapping[int, Mapping[str, Any]]) -> dict[int, set[int]]:
    """Find the activities that rows mean: one query for all records that the rows name."""
    refs = {n: next(iter(asked_refs(values)), None) for n, values in rows.items() if text_of_row(values)}
    known = _known(set(refs.values()), {n: rows[n] for n in refs})
    zone = ZoneInfo(Organisation.load().time_zone)
    found = {}
    for n, ref in refs.items():
        ids = {row["pk"] for row in known[ref] if is_same(row, rows[n], zone)}
        if ids:
            # Two alike were there before: the older one answers for both.
            found[n] = {min(ids)}
    return found


def _known(refs: set[Ref | None], rows: Mapping[int, Mapping[str, Any]]) -> dict[Ref | None, list[Any]]:
    by_type: dict[int, set[int]] = defaultdict(set)
    for ref in refs:
        if ref is not None:
            by_type[ref.type_id].add(ref.id)
    wanted = Q()
    for type_id, ids in by_type.items():
        wanted |= Q(about_type_id=type_id, about_id__in=ids)
    if None in refs:
        words = {str(values.get("subject") or "") for values in rows.values()}
        wanted |= Q(about_type_id=None, about_id=None, subject__in=words)
    found: dict[Ref | None, list[Any]] = defaultdict(list)
    if wanted:
        by_ref = {(ref.type_id, ref.id): ref for ref in refs if ref is not None}
        for row in Activity.objects.filter(wanted).values(*COLUMNS):
            found[by_ref.get((row["about_type_id"], row["about_id"]))].append(row)
    return found


def is_same(row: Mapping[str, Any], values: Mapping[str, Any], zone: ZoneInfo) -> bool:
    """Tell whether an activity is what a row of a file tells, as far as the row tells it."""
    if row["kind"] != (values.get("kind") or Activity.Kind.TASK):
        return False
    # The subject names it; only where there is none the text itself must be the same.
    for name in WORDS:
        if values.get(name):
            if fold(str(values[name])) != fold(row[name]):
                return False
            break
    return all(_at_once(row, name, values.get(name), zone) for name in TIMES)


def _at_once(row: Mapping[str, Any], name: str, said: Any, zone: ZoneInfo) -> bool:
    if not isinstance(said, datetime):
        return True
    kept = row[name]
    if kept is None:
        return False
    local = said.astimezone(zone)
    if name == "due_at" and row["all_day"] and local.time() == time.min:
        # A whole day is due when it ends for the person who does it.
        own = ZoneInfo(row["owner__time_zone"]) if row["owner__time_zone"] else zone
        return bool(kept.astimezone(own).date() == local.date())
    return bool(kept == said)
