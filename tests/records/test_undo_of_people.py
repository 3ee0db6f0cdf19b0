"""Undoing an import of users never takes an owner away from a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.utils import timezone

from crm.identity.models import User
from crm.records import jobs
from crm.records.models import Job
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


def test_who_owns_records_stays_and_is_listed(root: User, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("full name\nIda Owner\nJon Idle\n", encoding="utf-8")
    call_command("import_records", "users", str(file))
    ida = User.objects.get(full_name="Ida Owner")
    deal = made_deal(name="A deal", owner=ida)

    undone = jobs.start_undo(Job.objects.latest("pk"), actor=root, now=True)

    assert list(User.objects.filter(full_name__in=["Ida Owner", "Jon Idle"])) == [ida]
    assert [one["reason"] for one in undone.result["kept"]] == ["Other records refer to it."]
    deal.refresh_from_db()
    assert deal.owner == ida
    assert undone.finished_at <= timezone.now()
