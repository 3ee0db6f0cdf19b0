"""What monitoring may ask: only counts and seconds, and only those who may."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client, override_settings
from django.utils import timezone

from crm.records.models import Dispatch, Job, JobState


def figures(**headers: str) -> dict[str, float]:
    """Read /metrics: name with labels → value."""
    text = Client(headers=headers).get("/metrics").content.decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _space, value in lines}


def test_waiting_and_failed_work_is_counted(db):
    Job.objects.create(kind="export", title="Deals", state=JobState.QUEUED)
    Job.objects.create(kind="export", title="Deals", state=JobState.FAILED)
    Job.objects.create(
        kind="export",
        title="Deals",
        state=JobState.FAILED,
        created_at=timezone.now() - timedelta(days=2),
    )
    Dispatch.objects.create(
        event_id=1, event_created_at=timezone.now(), created_at=timezone.now() - timedelta(minutes=5)
    )

    found = figures()

    assert found['artel_jobs{state="queued"}'] == 1
    assert found['artel_jobs{state="failed"}'] == 1
    assert found["artel_outbox_waiting"] == 1
    assert 299 < found["artel_outbox_age_seconds"] < 400
    assert found["artel_database_bytes"] > 1_000_000


def test_requests_are_counted_by_page_and_never_by_address(client, root):
    client.force_login(root)
    name = 'artel_http_requests_total{method="GET",status="200",view="contacts:person_list"}'
    unknown = 'artel_http_requests_total{method="GET",status="404",view="none"}'
    before = figures()

    client.get("/contacts/people/")
    client.get("/nowhere/at/all/")

    after = figures()
    assert after[name] == before.get(name, 0) + 1
    assert after[unknown] == before.get(unknown, 0) + 1
    assert not any("nowhere" in key for key in after)


def test_strangers_are_refused():
    from_afar = Client(REMOTE_ADDR="203.0.113.7").get("/metrics")
    through_a_proxy = Client(headers={"X-Forwarded-For": "203.0.113.7"}).get("/metrics")

    assert from_afar.status_code == 403
    assert through_a_proxy.status_code == 403


@override_settings(METRICS_TOKEN="a-long-secret")
def test_a_token_opens_from_anywhere_and_is_then_needed_everywhere(db):
    known = Client(REMOTE_ADDR="203.0.113.7", headers={"Authorization": "Bearer a-long-secret"})
    guessed = Client(headers={"Authorization": "Bearer wrong"})

    assert known.get("/metrics").status_code == 200
    assert guessed.get("/metrics").status_code == 403
    assert Client().get("/metrics").status_code == 403
