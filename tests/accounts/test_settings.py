"""/settings/: what a person sets for themself."""

import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from crm.accounts.models import Outcome, SignIn
from crm.accounts.selectors import people_by_team
from crm.identity.models import Organisation

PAGES = ("", "look/", "security/", "tokens/", "team/")
LOOK = {"language": "", "time_zone": "", "theme": "auto", "density": "compact", "start_page": "/"}


def picture(name="me.png", kind="PNG", size=(400, 300)):
    file = BytesIO()
    Image.new("RGB", size, "navy").save(file, kind)
    return SimpleUploadedFile(name, file.getvalue(), "image/png")


@pytest.mark.parametrize("page", PAGES)
def test_guests_are_asked_to_sign_in(client, db, page):
    answer = client.get(f"/settings/{page}")

    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/?next=")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_everybody_may_open_their_settings(eve, client_for, page, language):
    eve.language = language
    eve.save()

    answer = client_for(eve).get(f"/settings/{page}")

    assert answer.status_code == 200
    assert f'lang="{language}"' in answer.content.decode()


def test_the_language_changes_with_the_next_page(ann, client_for):
    client = client_for(ann)

    client.post("/settings/look/", {**LOOK, "language": "ru"})

    page = client.get("/settings/look/")
    assert page.headers["Content-Language"] == "ru"
    ann.refresh_from_db()
    assert ann.language == "ru"


def test_a_person_sets_clock_colours_density_and_first_page(ann, client_for):
    wishes = {"time_zone": "Asia/Tbilisi", "theme": "dark", "density": "comfortable", "start_page": "/today/"}

    client_for(ann).post("/settings/look/", {**LOOK, **wishes})

    ann.refresh_from_db()
    assert (ann.time_zone, ann.theme, ann.density) == ("Asia/Tbilisi", "dark", "comfortable")
    assert ann.preferences["start_page"] == "/today/"


def test_a_time_zone_that_does_not_exist_is_refused(ann, client_for):
    answer = client_for(ann).post("/settings/look/", {**LOOK, "time_zone": "Mars/Base"})

    assert answer.status_code == 422


def test_times_are_shown_by_the_persons_clock(ann, client_for):
    ann.time_zone = "Asia/Tokyo"
    ann.save()
    at = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)
    SignIn.objects.create(user=ann, name="ann", outcome=Outcome.SIGNED_IN, at=at)

    page = client_for(ann).get("/settings/security/").content.decode()

    assert re.search(r'title="[^"]*\b0?5:30', page)


def test_without_an_own_zone_the_companys_counts(ann, client_for):
    Organisation.load()
    Organisation.objects.update(time_zone="Europe/Moscow")
    ann.time_zone = ""
    ann.save()

    client_for(ann).get("/settings/")

    assert timezone.get_current_timezone_name() == "Europe/Moscow"


def test_nobody_changes_name_or_mail_of_their_account_by_guessing_fields(ann, client_for):
    client_for(ann).post(
        "/settings/", {"full_name": "Ann", "username": "boss", "email": "x@example.com", "is_superuser": "on"}
    )

    ann.refresh_from_db()
    assert (ann.full_name, ann.username, ann.email, ann.is_superuser) == (
        "Ann",
        "ann",
        "ann@example.com",
        False,
    )


def test_a_photo_is_cut_to_size_and_redrawn(ann, bob, client_for, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client_for(ann).post("/settings/", {"full_name": "Ann", "photo": picture(kind="JPEG", name="me.jpg")})

    ann.refresh_from_db()
    with ann.photo.open() as file, Image.open(file) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (256, 256))
    seen = client_for(bob).get(f"/accounts/photo/{ann.pk}/")
    assert seen.headers["Content-Type"] == "image/png"
    assert b"".join(seen.streaming_content).startswith(b"\x89PNG")
    seen.close()


def test_what_is_no_picture_is_refused(ann, client_for):
    script = SimpleUploadedFile("me.png", b"<svg onload=alert(1)>", "image/png")

    answer = client_for(ann).post("/settings/", {"full_name": "Ann", "photo": script})

    assert answer.status_code == 422
    ann.refresh_from_db()
    assert not ann.photo


def test_a_person_signs_out_everywhere_else(ann, client):
    here, elsewhere = client, type(client)()
    for one in (here, elsewhere):
        one.post("/accounts/login/", {"login": "ann", "password": "ann"})

    here.post("/settings/security/sign-out-elsewhere/")

    assert here.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 302


def test_colleagues_are_listed_by_team_with_leaders_first(ann, boss, eve):
    north, alone = people_by_team()

    assert [(str(user), leads) for user, leads in north.members] == [("Bea Boss", True), ("Ann North", False)]
    assert (alone.team, [str(user) for user, _leads in alone.members]) == (None, ["Eve Outside"])
