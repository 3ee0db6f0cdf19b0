"""The doors of files: the panel, downloads, previews, notes; for those who see the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.identity.models import FieldRule, Share
from crm.records import files
from crm.records.models import Attachment
from crm.timeline.models import Activity
from tests.factories.files import DRAWING, PAGE, PDF, picture, upload
from tests.factories.identity import builtin_role, rights_changed
from tests.factories.sales import NOON, made_deal

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files_in_memory(settings: Any) -> None:
    kept = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": kept}


@pytest.fixture
def deal(ann: User) -> Any:
    return made_deal(owner=ann)


def attach(deal: Any, name: str = "offer.pdf", content: bytes = PDF, **more: Any) -> Attachment:
    more.setdefault("strict", False)
    return files.attach(record=deal, upload=upload(name, content), actor=None, at=NOON, **more)


def url(name: str, *args: Any) -> str:
    return reverse(f"ui:{name}", args=args)


def test_a_dropped_file_appears_in_the_panel(ann: User, deal: Any, client_for: Any) -> None:
    client = client_for(ann)

    response = client.post(url("files_on", "deals", deal.pk), {"file": upload("Offer 5.pdf")})

    assert response.status_code == 201
    assert b"Offer 5.pdf" in response.content
    assert b"Offer 5.pdf" in client.get(deal.get_absolute_url()).content


def test_a_refused_file_says_why(ann: User, deal: Any, client_for: Any) -> None:
    response = client_for(ann).post(url("files_on", "deals", deal.pk), {"file": upload("x.png", PAGE)})

    assert response.status_code == 422
    assert "“x.png” is not what its name says: it is a web page." in response.content.decode()


def test_what_is_far_too_large_is_not_read(ann: User, deal: Any, client_for: Any, settings: Any) -> None:
    settings.FILE_MAX_BYTES = 100
    big = upload("big.txt", b"x" * 1_200_000)

    response = client_for(ann).post(url("files_on", "deals", deal.pk), {"file": big})

    assert response.status_code == 413
    assert "at most" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", PAGE),
        ("drawing.svg", DRAWING),
        ("both.gif", b"GIF89a/*" + PAGE),
        ("half.png", picture()[:40]),
    ],
)
def test_what_could_run_is_only_ever_saved(
    ann: User, deal: Any, client_for: Any, name: str, content: bytes
) -> None:
    made = attach(deal, name, content)

    response = client_for(ann).get(url("file", made.pk), {"inline": ""})

    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] not in ("text/html", "image/svg+xml", "application/xml")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_a_picture_is_shown_in_a_sandbox(ann: User, deal: Any, client_for: Any) -> None:
    made = attach(deal, "map.png", picture())

    response = client_for(ann).get(url("file", made.pk), {"inline": ""})

    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"].startswith("inline")
    assert "sandbox" in response["Content-Security-Policy"]
    assert b"".join(response.streaming_content) == picture()


def test_without_asking_even_a_picture_is_saved(ann: User, deal: Any, client_for: Any) -> None:
    made = attach(deal, "Счёт.png", picture())

    response = client_for(ann).get(url("file", made.pk))

    assert response["Content-Disposition"].startswith("attachment")
    assert "filename*=utf-8''%D0%A1" in response["Content-Disposition"]


def test_the_small_picture_is_drawn_anew(ann: User, deal: Any, client_for: Any) -> None:
    made = attach(deal, "map.png", picture(900, 600))

    response = client_for(ann).get(url("file_small", made.pk))

    assert response["Content-Type"] == "image/webp"


DOORS = ("file", "file_small", "file_preview")


@pytest.mark.parametrize("door", DOORS)
def test_who_does_not_see_the_record_does_not_see_its_files(
    door: str, deal: Any, bob: User, eve: User, client_for: Any
) -> None:
    made = attach(deal, "map.png", picture())

    for stranger in (bob, eve):
        assert client_for(stranger).get(url(door, made.pk)).status_code == 404
        assert client_for(stranger).post(url("file_delete", made.pk)).status_code == 404
        assert client_for(stranger).get(url("files_on", "deals", deal.pk)).status_code == 404
        sent = client_for(stranger).post(url("files_on", "deals", deal.pk), {"file": upload()})
        assert sent.status_code == 404
    assert Client().get(url(door, made.pk)).status_code == 302
    assert Attachment.objects.get().deleted_at is None


def test_who_may_only_look_neither_adds_nor_deletes(deal: Any, bob: User, client_for: Any) -> None:
    made = attach(deal)
    Share.objects.create(type_id=deal.ref.type_id, record_id=deal.pk, user=bob)
    rights_changed()
    client = client_for(bob)

    assert client.get(url("file", made.pk)).status_code == 200
    assert client.post(url("file_delete", made.pk)).status_code == 403
    assert client.post(url("files_on", "deals", deal.pk), {"file": upload()}).status_code == 403
    assert b"file-panel" not in client.get(url("files_on", "deals", deal.pk)).content


def test_a_hidden_field_hides_its_files(ann: User, deal: Any, client_for: Any) -> None:
    made = attach(deal, "secret.pdf", field="passport")
    client = client_for(ann)
    assert client.get(url("file", made.pk)).status_code == 200

    FieldRule.objects.create(
        role=builtin_role("sales_rep"), record_type="sales.deal", field="passport", level="hidden"
    )
    rights_changed()

    assert client.get(url("file", made.pk)).status_code == 404
    assert b"secret.pdf" not in client.get(url("files_on", "deals", deal.pk)).content
    assert client.get(f"/api/v1/deals/{deal.pk}/files/").json()["results"] == []


def test_a_deleted_file_returns_by_the_toast(ann: User, deal: Any, client_for: Any) -> None:
    made = attach(deal)
    client = client_for(ann)

    response = client.post(url("file_delete", made.pk), headers={"HX-Request": "true"})
    assert url("file_restore", made.pk) in response["HX-Trigger"]
    assert b"offer.pdf" not in client.get(url("files_on", "deals", deal.pk)).content
    assert b"offer.pdf" in client.get(url("files_on", "deals", deal.pk), {"bin": ""}).content
    client.post(url("file_restore", made.pk), headers={"HX-Request": "true"})

    assert b"offer.pdf" in client.get(url("files_on", "deals", deal.pk)).content


def test_a_note_takes_the_screenshot_that_was_pasted_into_it(ann: User, deal: Any, client_for: Any) -> None:
    client = client_for(ann)
    client.post(url("files_staged"), {"file": upload("Screenshot.png", picture())})
    staged = Attachment.objects.get()

    response = client.post(
        reverse("timeline:add", args=["deals", deal.pk]), {"kind": "note", "body": "", "files": staged.pk}
    )

    note = Activity.objects.get()
    staged.refresh_from_db()
    assert note.body == "Screenshot.png"
    assert (staged.ref, staged.activity_id) == (deal.ref, note.pk)
    assert url("file_preview", staged.pk) in response.content.decode()


def test_a_refused_note_keeps_its_files(ann: User, deal: Any, client_for: Any) -> None:
    client = client_for(ann)
    client.post(url("files_staged"), {"file": upload("Screenshot.png", picture())})
    staged = Attachment.objects.get()

    response = client.post(
        reverse("timeline:add", args=["deals", deal.pk]),
        {"kind": "note", "body": "x" * 60_000, "files": staged.pk},
    )

    assert response.status_code == 422
    assert f'name="files" value="{staged.pk}"' in response.content.decode()


def test_the_files_of_a_note_go_into_the_bin_with_it(ann: User, deal: Any, client_for: Any) -> None:
    client = client_for(ann)
    client.post(url("files_staged"), {"file": upload("Screenshot.png", picture())})
    data = {"kind": "note", "body": "look", "files": Attachment.objects.get().pk}
    client.post(reverse("timeline:add", args=["deals", deal.pk]), data)
    note = Activity.objects.get()

    client.post(reverse("timeline:act", args=[note.pk, "delete"]))

    assert Attachment.objects.get().deleted_at is not None


def test_rest_adds_lists_reads_and_deletes(ann: User, deal: Any, client_for: Any) -> None:
    client = client_for(ann)
    address = f"/api/v1/deals/{deal.pk}/files/"

    made = client.post(address, {"file": upload("offer.pdf")})
    assert made.status_code == 201
    body = made.json()
    assert (body["name"], body["media_type"], body["size"]) == ("offer.pdf", "application/pdf", len(PDF))
    assert [one["id"] for one in client.get(address).json()["results"]] == [body["id"]]
    content = client.get(f"/api/v1/files/{body['id']}/content/")
    assert b"".join(content.streaming_content) == PDF
    assert client.delete(f"/api/v1/files/{body['id']}/").status_code == 204

    assert client.get(f"/api/v1/files/{body['id']}/").status_code == 404


def test_rest_refuses_as_the_page_does(ann: User, bob: User, deal: Any, client_for: Any) -> None:
    address = f"/api/v1/deals/{deal.pk}/files/"
    made = attach(deal)

    refused = client_for(ann).post(address, {"file": upload("x.png", PAGE)})
    assert refused.status_code == 400
    assert "web page" in refused.json()["errors"]["file"][0]
    assert client_for(ann).post(address, {}).status_code == 400
    assert client_for(bob).get(address).status_code == 404
    assert client_for(bob).get(f"/api/v1/files/{made.pk}/content/").status_code == 404
    assert client_for(bob).delete(f"/api/v1/files/{made.pk}/").status_code == 404


def test_the_panel_costs_the_same_with_two_files_and_with_eight(
    ann: User, deal: Any, client_for: Any
) -> None:
    client = client_for(ann)
    counts = []
    for number in range(8):
        attach(deal, f"{number}.txt", f"text {number}".encode())
        if number in (1, 7):
            client.get(deal.get_absolute_url())
            with CaptureQueriesContext(connection) as found:
                client.get(deal.get_absolute_url())
            counts.append(len(found))

    assert counts[0] == counts[1]
