"""Real letters: all of the sample folder goes through."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from crm.mail.judging import judge
from crm.mail.models import LedgerRow, MessageKind
from crm.mail.parsing import parse
from crm.mail.replies import split
from tests.factories.mail import arrived, team_box

ROOT = Path(__file__).resolve().parents[2]
MAIL = Path(os.environ.get("SAMPLE_DATA", ROOT.parent / "shared" / "data")) / "mail"
pytestmark = [
    pytest.mark.sample_data,
    pytest.mark.skipif(not MAIL.is_dir(), reason="the folder of sample mail is absent"),
]
MACHINES = {MessageKind.BOUNCE, MessageKind.COMPLAINT}


def raw_letters(folder: str) -> list[Path]:
    return sorted((MAIL / folder).rglob("*.eml"))


def expected_replies() -> list[tuple[str, int, int | None]]:
    lines = (Path(__file__).parent / "data" / "replies.csv").read_text(encoding="utf-8").splitlines()
    rows = (line.split(",") for line in lines if not line.startswith("#"))
    return [(name, int(first) - 1, int(last) if int(last) > 0 else None) for name, first, last in rows]


def tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines()).strip()


def as_letter(path: Path) -> bytes:
    return b"From: carl@customer.example\nTo: a@b.example\nSubject: Re: x\n\n" + path.read_bytes()


def test_ninety_five_percent_of_replies_come_out_as_read() -> None:
    wrong = []
    for name, first, last in expected_replies():
        text = (MAIL / "replies" / f"{name}.txt").read_text(encoding="utf-8")
        if tidy(split(text).reply) != tidy("\n".join(text.splitlines()[first:last])):
            wrong.append(name)

    assert len(expected_replies()) == len(list((MAIL / "replies").iterdir()))
    assert len(wrong) <= 0.05 * len(expected_replies()), wrong


def test_nothing_of_a_reply_is_lost() -> None:
    for name, _first, _last in expected_replies():
        text = (MAIL / "replies" / f"{name}.txt").read_text(encoding="utf-8")
        parts = split(text)

        assert "".join((parts.reply + parts.rest).split()) == "".join(text.split())


def test_ninety_five_percent_of_bounces_and_complaints_are_recognised() -> None:
    # Holiday notes lie among them; they are automatic replies.
    letters = [path for path in raw_letters("bounces") if not path.name.startswith("rfc3834")]
    missed = [path.name for path in letters if judge(parse(path.read_bytes())).kind not in MACHINES]

    assert len(missed) <= 0.05 * len(letters), missed


def test_holiday_notes_are_automatic_replies() -> None:
    letters = [path for path in raw_letters("bounces") if path.name.startswith("rfc3834")]

    assert {judge(parse(path.read_bytes())).kind for path in letters} == {MessageKind.AUTO_REPLY}


def test_bounces_name_whom_they_did_not_reach() -> None:
    verdicts = [judge(parse(path.read_bytes())) for path in raw_letters("bounces")]
    bounces = [one for one in verdicts if one.is_bounce]
    silent = [one for one in bounces if not any(bounced.address for bounced in one.bounced)]

    assert len(silent) <= 0.05 * len(bounces)


def test_ordinary_mail_is_never_taken_for_a_bounce_or_a_complaint() -> None:
    ordinary = [path.read_bytes() for path in raw_letters("mime")]
    ordinary += [as_letter(path) for path in sorted((MAIL / "replies").iterdir())]

    assert [raw for raw in ordinary if judge(parse(raw)).kind in MACHINES] == []


@pytest.mark.django_db
def test_every_letter_of_the_folder_gives_one_row_and_no_error(team_a: Any) -> None:
    box = team_box(team_a)
    everything = [*raw_letters("mime"), *raw_letters("bounces")]
    texts = sorted((MAIL / "replies").iterdir())

    for path in everything:
        arrived(box, path.read_bytes())
    for path in texts:
        arrived(box, as_letter(path))

    outcomes = Counter(LedgerRow.objects.values_list("outcome", flat=True))
    assert sum(outcomes.values()) == len(everything) + len(texts)
    # Those that are no letters at all may end in quarantine; nothing may fail.
    failed = LedgerRow.objects.filter(outcome="quarantined").exclude(reason__startswith="This is no letter")
    assert list(failed.values_list("reason", flat=True)) == []


def fact(headers: list[dict[str, Any]], name: str) -> str:
    found = next((one["value"] for one in headers if one["name"] == name), None)
    return " ".join((found.get("Text") or "").split()) if isinstance(found, dict) else ""


def test_subjects_are_read_as_the_other_parser_reads_them() -> None:
    differing = []
    for path in raw_letters("mime"):
        headers = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["parts"][0]["headers"]
        theirs, ours = fact(headers, "subject"), parse(path.read_bytes()).subject
        # It leaves bytes that it can't explain, and UTF-7, as they are; one head is torn in two.
        if theirs != ours and "\ufffd" not in theirs and "+A" not in theirs:
            differing.append((path.name, theirs, ours))

    assert len(differing) <= 1, differing
