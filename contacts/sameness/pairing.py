"""Finding pairs that share signs, in sets: for the whole base as a job, for what changed at once.

A sign that many records show says nothing and is passed over. What is found is weighed by
its signs; a likeness of names alone is measured by the letters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from contacts.models import Company, DuplicateKey, DuplicatePair, Person
from contacts.sameness.signs import Key, Sign, keys_of
from crm.records import copying, jobs, registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.models import Job

#: What so many records share is no sign of sameness; where names begin, many are alike.
MEANINGLESS = 20
FEW_NAMES = 8
#: Records whose signs are read in one step, and parts into which all signs are divided.
CHUNK = 5000
PARTS = 64
#: Pairs that weigh less are not shown.
ENOUGH = 40
#: How alike names must be (trigrams, 0 to 1) to count.
ALIKE = 0.5

CANDIDATES = """
INSERT INTO contacts_duplicatepair
    (type_id, left_id, right_id, signs, score, state, found_at)
SELECT %(type)s, l, r, bit_or(1 << kind), 0, 'open', now() FROM (
    SELECT kind, LEAST(a, b) AS l, GREATEST(a, b) AS r FROM (
        {groups}
    ) AS found, unnest(ids) AS a, unnest({others}) AS b
    WHERE a <> b
) AS pairs GROUP BY l, r
ON CONFLICT (type_id, left_id, right_id)
    DO UPDATE SET signs = contacts_duplicatepair.signs | EXCLUDED.signs
"""
#: All signs of one part of the base.
GROUPS = """
    SELECT kind, array_agg(record_id) AS ids FROM contacts_duplicatekey
    WHERE type_id = %(type)s AND hash >= %(low)s AND hash < %(high)s
    GROUP BY kind, hash HAVING count(*) BETWEEN 2 AND CASE WHEN kind >= 4 THEN %(names)s ELSE %(most)s END
"""
#: The signs of some records, with whoever shares them.
NEAR = """
    SELECT mine.kind, array[mine.record_id] AS ids, near.ids AS others
    FROM contacts_duplicatekey mine, LATERAL (
        SELECT array_agg(record_id) AS ids FROM (
            SELECT record_id FROM contacts_duplicatekey other
            WHERE other.type_id = %(type)s AND other.hash = mine.hash AND other.kind = mine.kind LIMIT 21
        ) AS sharing
    ) AS near
    WHERE mine.type_id = %(type)s AND mine.record_id = ANY(%(ids)s)
    AND cardinality(near.ids) BETWEEN 2 AND CASE WHEN mine.kind >= 4 THEN %(names)s ELSE %(most)s END
"""
#: E-mail 60, phone 50, number 70, domain 25; one name 40, else by likeness up to 35;
#: what speaks against it is taken off.
WEIGH = {
    Person: """
UPDATE contacts_duplicatepair pair SET score = GREATEST(0, LEAST(100,
    CASE WHEN pair.signs & 1 > 0 THEN 60 ELSE 0 END
    + CASE WHEN pair.signs & 2 > 0 THEN 50 ELSE 0 END
    + CASE WHEN pair.signs & 16 > 0 THEN 40
        WHEN similarity(ln.text, rn.text) >= %(alike)s THEN (35 * similarity(ln.text, rn.text))::int
        WHEN ln.text <> '' AND rn.text <> '' THEN -15 ELSE 0 END
    + CASE WHEN l.company_id = r.company_id THEN 20
        ELSE 0 END
    - CASE WHEN l.company_id <> r.company_id AND l.email <> '' AND r.email <> '' AND pair.signs & 3 = 0
        AND l.name ~ '[А-яё]' = (r.name ~ '[А-яё]') THEN 10 ELSE 0 END
    + CASE WHEN l.birthday = r.birthday THEN 20
        WHEN l.birthday IS NOT NULL AND r.birthday IS NOT NULL THEN -30 ELSE 0 END
    + CASE WHEN l.city <> '' AND l.city = r.city THEN 5 ELSE 0 END
    - CASE WHEN l.middle_name <> '' AND r.middle_name <> ''
        AND left(l.middle_name, 1) <> left(r.middle_name, 1)
        AND l.middle_name ~ '[а-яё]' = (r.middle_name ~ '[а-яё]') THEN 40 ELSE 0 END
))
FROM contacts_person l, contacts_person r, {names}
WHERE {chosen} AND l.id = pair.left_id AND r.id = pair.right_id
""",
    Company: """
UPDATE contacts_duplicatepair pair SET score = GREATEST(0, LEAST(100,
    CASE WHEN pair.signs & 4 > 0 THEN 70 ELSE 0 END
    + CASE WHEN pair.signs & 1 > 0 THEN 45 ELSE 0 END
    + CASE WHEN pair.signs & 2 > 0 THEN 40 ELSE 0 END
    + CASE WHEN pair.signs & 8 > 0 THEN 35 ELSE 0 END
    + CASE WHEN pair.signs & 16 > 0 THEN 50
        WHEN similarity(ln.text, rn.text) >= %(alike)s THEN (35 * similarity(ln.text, rn.text))::int
        WHEN ln.text <> '' AND rn.text <> '' THEN -10 ELSE 0 END
    + CASE WHEN l.city <> '' AND l.city = r.city THEN 5 ELSE 0 END
    - CASE WHEN (l.inn <> '' AND r.inn <> '' AND l.inn <> r.inn)
        OR (l.vat <> '' AND r.vat <> '' AND l.vat <> r.vat) THEN 30 ELSE 0 END
    - CASE WHEN l.parent_id = r.id OR r.parent_id = l.id THEN 40 ELSE 0 END
))
FROM contacts_company l, contacts_company r, {names}
WHERE {chosen} AND l.id = pair.left_id AND r.id = pair.right_id
""",
}
NAMES = """
LATERAL (SELECT coalesce(max(text), '') AS text FROM contacts_duplicatekey k
    WHERE k.type_id = %(type)s AND k.record_id = l.id AND k.kind = 4) ln,
LATERAL (SELECT coalesce(max(text), '') AS text FROM contacts_duplicatekey k
    WHERE k.type_id = %(type)s AND k.record_id = r.id AND k.kind = 4) rn
"""


def models() -> tuple[Any, Any]:
    return Person, Company


def refresh(model: Any, ids: Sequence[int]) -> None:
    """Read the signs of some records anew and find whom they resemble now."""
    type_id = registry.type_of(model).id
    with transaction.atomic():
        write_keys(model, ids)
        rows = DuplicatePair.objects.filter(type_id=type_id)
        for side in ("left_id__in", "right_id__in"):
            rows.filter(**{side: ids}, state="open").delete()
            rows.filter(**{side: ids}).update(signs=0)
        values: dict[str, Any] = {"type": type_id, "ids": list(ids), "most": MEANINGLESS, "names": FEW_NAMES}
        with connection.cursor() as cursor:
            cursor.execute(CANDIDATES.format(groups=NEAR, others="others"), values)
        _weigh(model, "(pair.left_id = ANY(%(ids)s) OR pair.right_id = ANY(%(ids)s))", ids=list(ids))


def write_keys(model: Any, ids: Sequence[int]) -> None:
    """Write the signs of some records anew."""
    type_id = registry.type_of(model).id
    DuplicateKey.objects.filter(type_id=type_id, record_id__in=ids).delete()
    insert_keys(type_id, keys_of(model, ids))


def insert_keys(type_id: int, keys: Sequence[Key]) -> None:
    names = ("type_id", "record_id", "kind", "hash", "text")
    copying.copy_values(DuplicateKey, names, ((type_id, *key) for key in keys))


def _weigh(model: Any, chosen: str, **values: Any) -> None:
    """Weigh pairs, and drop those that weigh too little."""
    type_id = registry.type_of(model).id
    values |= {"type": type_id, "alike": ALIKE, "enough": ENOUGH}
    condition = f"pair.type_id = %(type)s AND pair.state = 'open' AND {chosen}"
    with connection.cursor() as cursor:
        cursor.execute(WEIGH[model].format(names=NAMES, chosen=condition), values)
        cursor.execute(
            f"DELETE FROM contacts_duplicatepair pair WHERE {condition} AND score < %(enough)s", values
        )


@jobs.handler("duplicates")
def build(job: Job) -> dict[str, Any]:
    """Compare the whole base: signs by chunks of records, pairs by parts of all signs.

    A killed worker goes on behind the last chunk.
    """
    cursor = job.cursor or {"model": 0, "step": "keys", "after": 0, "done": 0}
    totals = [model.objects.count() for model in models()]
    job.progress(cursor["done"], 2 * sum(totals))
    while cursor["model"] < len(models()):
        model = models()[cursor["model"]]
        with transaction.atomic():
            step = _read_signs if cursor["step"] == "keys" else _pair_part
            step(model, cursor, totals[cursor["model"]])
            job.checkpoint(cursor, done=min(cursor["done"], 2 * sum(totals)))
        job.progress()
    return {
        model.record_type.slug: DuplicatePair.objects.filter(
            type_id=model.record_type.id, state="open"
        ).count()
        for model in models()
    }


def _read_signs(model: Any, cursor: dict[str, Any], _total: int) -> None:
    if not cursor["after"]:
        DuplicateKey.objects.filter(type_id=registry.type_of(model).id).delete()
    rows = model.objects.filter(pk__gt=cursor["after"]).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:CHUNK])
    if not ids:
        cursor |= {"step": "pairs", "after": 0}
        type_id = registry.type_of(model).id
        DuplicatePair.objects.filter(type_id=type_id, state="open").delete()
        return
    insert_keys(registry.type_of(model).id, keys_of(model, ids))
    cursor["after"] = ids[-1]
    cursor["done"] += len(ids)


def _pair_part(model: Any, cursor: dict[str, Any], total: int) -> None:
    """Find and weigh the pairs that one part of all signs gives."""
    part, width = cursor["after"], 2**64 // PARTS
    low = -(2**63) + part * width
    values = {
        "type": registry.type_of(model).id,
        "low": low,
        "high": min(low + width, 2**63 - 1),
        "most": MEANINGLESS,
        "names": FEW_NAMES,
    }
    with connection.cursor() as sql:
        sql.execute(CANDIDATES.format(groups=GROUPS, others="ids"), values)
    cursor["done"] += total // PARTS
    cursor["after"] = part + 1
    if cursor["after"] == PARTS:
        _weigh(model, "true")
        cursor |= {"model": cursor["model"] + 1, "step": "keys", "after": 0}


def bits(signs: int) -> list[Sign]:
    """Return the signs that a pair keeps as bits."""
    return [sign for sign in Sign if signs & sign.bit]
