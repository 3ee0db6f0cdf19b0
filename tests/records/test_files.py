"""Files on records: what is kept, what is refused, what returns from the bin."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.storage import default_storage

from crm.records import files, journal, search
from crm.records.files import FileRefused, keeping, names
from crm.records.history import timeline_of
from crm.records.models import Attachment, Content, Event, Job
from sales.services import DealService
from tests.factories.files import DRAWING, PAGE, PDF, bomb, picture, upload
from tests.factories.sales import NOON, made_deal, stage

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files_in_memory(settings: Any) -> None:
    kept = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": kept}


def attach(deal: Any, name: str = "offer.pdf", content: bytes = PDF, **more: Any) -> Attachment:
    return files.attach(record=deal, upload=upload(name, content), actor=deal.owner, at=NOON, **more)


def test_a_file_is_kept_with_its_true_type_and_told_on_the_timeline(ann: User) -> None:
    deal = made_deal(owner=ann)

    made = attach(deal, "scan.png", picture(40, 30))

    assert (made.name, made.content.media_type, made.content.width) == ("scan.png", "image/png", 40)
    assert made.content.file.open().read() == picture(40, 30)
    event = timeline_of(deal.ref, ann)[0]
    assert (event.name, event.data["file_name"]) == ("file.added", "scan.png")


def test_what_the_browser_claims_is_not_believed(ann: User) -> None:
    made = files.attach(
        record=made_deal(owner=ann), upload=upload("notes.txt", b"plain", "text/html"), actor=ann, at=NOON
    )

    assert made.content.media_type == "text/plain"


def test_the_same_bytes_are_kept_once(ann: User) -> None:
    deal = made_deal(owner=ann)

    first, second = attach(deal, "a.pdf"), attach(deal, "b.pdf")

    assert first.content == second.content
    assert Content.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.txt", b"", "empty"),
        ("setup.exe", b"anything", "program"),
        ("innocent.txt", b"MZ\x90\x00" + b"\x00" * 60, "program"),
        ("run.txt", b"#!/bin/sh\nrm -rf /\n", "program"),
        ("invoice\u202efdp.exe", b"x", "program"),
        ("page.png", PAGE, "pretends"),
        ("drawing.png", DRAWING, "pretends"),
        ("archive.pdf", b"PK\x03\x04rest", "pretends"),
    ],
)
def test_what_could_do_harm_is_refused(ann: User, name: str, content: bytes, code: str) -> None:
    deal = made_deal(owner=ann)

    with pytest.raises(FileRefused) as refused:
        attach(deal, name, content)

    assert refused.value.code == code
    assert not Attachment.objects.exists()
    assert not Content.objects.exists()


def test_a_letter_keeps_what_a_person_may_not_attach(ann: User) -> None:
    made = attach(made_deal(owner=ann), "setup.exe", b"MZ\x90\x00", strict=False)

    assert made.name == "setup.exe"


def test_a_file_may_not_be_too_large(ann: User, settings: Any) -> None:
    settings.FILE_MAX_BYTES = 10

    with pytest.raises(FileRefused, match="at most"):
        attach(made_deal(owner=ann))


def test_all_files_together_have_a_limit(ann: User, settings: Any) -> None:
    deal = made_deal(owner=ann)
    settings.FILES_QUOTA_BYTES = len(PDF) + 5
    attach(deal)

    with pytest.raises(FileRefused) as refused:
        attach(deal, "more.txt", b"some more text")

    assert refused.value.code == "no_room"


def test_a_picture_that_would_burst_is_kept_but_never_unpacked(ann: User) -> None:
    made = attach(made_deal(owner=ann), "bomb.png", bomb())

    assert made.content.media_type == "image/png"
    assert not made.content.shows_inline
    assert not made.content.thumbnail


def test_a_broken_picture_is_kept_but_not_shown(ann: User) -> None:
    made = attach(made_deal(owner=ann), "half.png", picture(400, 300)[:60])

    assert not made.content.shows_inline


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\eve\\offer.pdf", "offer.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("tab\tand\x00nul.txt", "tabandnul.txt"),
        ("con.txt", "_con.txt"),
        (".htaccess", "htaccess"),
        ("Счёт № 5.pdf", "Счёт № 5.pdf"),
        ("   ", "file"),
        ('a"b<c>.txt', "a_b_c_.txt"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert names.cleaned(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    found = names.cleaned(f"{'long ' * 80}.pdf")

    assert len(found) == 200
    assert found.endswith(".pdf")


def test_a_file_goes_into_the_bin_and_returns(ann: User) -> None:
    deal = made_deal(owner=ann)
    made = attach(deal)

    files.remove([made], actor=ann, at=NOON)
    assert Attachment.objects.get().deleted_at == NOON
    files.restore([made], actor=ann, at=NOON)

    assert Attachment.objects.get().deleted_at is None
    told = Event.objects.filter(name__startswith="file.").order_by("pk").values_list("name", flat=True)
    assert list(told) == ["file.added", "file.removed", "file.restored"]


def test_only_those_who_may_change_the_record_add_and_remove(ann: User, bob: User, eve: User) -> None:
    deal = made_deal(owner=ann)
    made = attach(deal)

    for stranger in (bob, eve):
        with pytest.raises(FileRefused) as refused:
            files.attach(record=deal, upload=upload(), actor=stranger, at=NOON)
        assert refused.value.code == "forbidden"
        with pytest.raises(FileRefused):
            files.remove([made], actor=stranger, at=NOON)

    assert Attachment.objects.get().deleted_at is None


def test_search_finds_a_record_by_the_name_of_its_file(ann: User, bob: User) -> None:
    deal = made_deal(owner=ann)
    made = attach(deal, "Frame_agreement-2026.pdf")

    assert [hit.ref for hit in search.find(ann, "agreement")] == [deal.ref]
    assert search.find(bob, "agreement") == []
    files.remove([made], actor=ann, at=NOON)
    assert search.find(ann, "agreement") == []


def test_the_bytes_go_when_nothing_refers_to_them(ann: User, django_capture_on_commit_callbacks: Any) -> None:
    deal = made_deal(owner=ann)
    kept, dropped = attach(deal, "kept.pdf"), attach(deal, "dropped.txt", b"some text")
    place = dropped.content.file.name
    files.remove([dropped], actor=ann, at=NOON)

    later = NOON + timedelta(days=31)
    with django_capture_on_commit_callbacks(execute=True):
        gone = keeping.forget(later, bin_before=later - timedelta(days=30))

    assert gone == 1
    assert not default_storage.exists(place)
    assert default_storage.exists(kept.content.file.name)


def test_a_file_that_waits_for_its_note_is_forgotten_after_a_day(ann: User) -> None:
    files.stage(upload=upload(), actor=ann, at=NOON)

    keeping.forget(NOON + timedelta(hours=25), bin_before=NOON - timedelta(days=30))

    assert not Attachment.objects.exists()


def test_nobody_takes_what_somebody_else_has_staged(ann: User, bob: User) -> None:
    made = files.stage(upload=upload(), actor=ann, at=NOON)

    assert files.staged_by(bob, [made.pk]) == []
    assert files.staged_by(ann, [made.pk, "x", "9" * 30]) == [made]


def test_an_imported_record_with_files_stays_when_its_import_is_undone(root: User) -> None:
    job = Job.objects.create(kind="import", title="Import", state="done", started_at=NOON, finished_at=NOON)
    rows = [{"name": name, "stage": stage("Prospecting"), "owner": root} for name in ("With a file", "Bare")]
    kept, going = (
        draft.record for draft in DealService().create(rows, actor=None, at=NOON, via="import", job=job)
    )
    attach(kept)

    undone = journal.undo(job=job, actor=root, at=NOON)

    assert list(type(kept).all_objects.filter(pk__in=[kept.pk, going.pk])) == [kept]
    assert [(one.title, one.reason) for one in undone.kept] == [("With a file", "1 file is attached to it.")]
