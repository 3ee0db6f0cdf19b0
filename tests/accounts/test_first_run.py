"""The first page of an installation."""

from datetime import UTC, datetime

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from crm.accounts.first_run import first_run
from crm.accounts.services import update_profile
from crm.records.models import Job

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_an_empty_installation_offers_three_ways(root):
    begin = first_run(root)

    page = render_to_string("accounts/first_run.html", {"first_run": begin}, RequestFactory().get("/"))

    assert begin.is_empty
    assert "Make the demo company" in page
    assert "Choose a file" in page
    assert "Write the addresses" in page


def test_the_checklist_knows_what_is_done(root, ann):
    steps = {step.key: step.done for step in first_run(root).steps}

    assert steps == {"company": False, "profile": True, "colleagues": True, "records": False}


@pytest.mark.parametrize("who", ["ann", "eve"])
def test_nobody_else_is_asked_to_set_up_the_company(request, who):
    assert first_run(request.getfixturevalue(who)) is None


def test_the_checklist_can_be_put_away(root, client_for):
    client_for(root).post("/settings/first-run/hide/")

    root.refresh_from_db()
    assert first_run(root) is None


def test_putting_it_away_keeps_other_wishes(root, client_for):
    update_profile(user=root, changes={"preferences": {"start_page": "/today/"}}, at=NOON)

    client_for(root).post("/settings/first-run/hide/")

    root.refresh_from_db()
    assert root.preferences == {"start_page": "/today/", "first_run_done": True}


def test_the_button_starts_one_demo_job(root, client_for):
    client = client_for(root)

    first = client.post("/settings/first-run/demo/")
    second = client.post("/settings/first-run/demo/")

    job = Job.objects.get()
    assert job.kind == "demo"
    assert first.url == second.url == f"/jobs/{job.pk}/"
    assert "It is being made" in client.get("/").content.decode()


def test_a_rep_may_not_start_the_demo(ann, client_for):
    assert client_for(ann).post("/settings/first-run/demo/").status_code == 403
    assert not Job.objects.exists()
