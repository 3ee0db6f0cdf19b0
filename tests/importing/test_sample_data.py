"""The pipeline of the sample data: what its README promises, twice, in both date forms, and taken back."""

from __future__ import annotations

import json
from io import StringIO
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum

from contacts.models import Person
from crm.identity.models import Membership, Team, User
from crm.records.models import Event
from crm.timeline.models import Activity
from sales.models import Deal

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

pytestmark = [pytest.mark.sample_data, pytest.mark.django_db]

PRELUDE = (
    ("companies", "accounts.csv", 85),
    ("products", "products.csv", 7),
    ("users", "sales_teams.csv", 35),
)
#: Not records: what happened stays told, and jobs and files are how it happened.
NOT_RECORDS = (
    "records_event",
    "records_job",
    "records_importfile",
    "records_searchword",
    "contacts_duplicatestale",  # a queue that a worker empties
    "django_",
    "auth_",
)


def import_records(slug: str, path: Path, *options: str) -> dict[str, int]:
    """Run the command and return its JSON."""
    out = StringIO()
    call_command("import_records", slug, str(path), *options, json=True, stdout=out)
    found: dict[str, int] = json.loads(out.getvalue())
    return found


def tables() -> dict[str, Any]:
    """The content of every table that holds records, as counts and checksums."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND NOT relispartition ORDER BY 1"
        )
        for (name,) in cursor.fetchall():
            if not name.startswith(NOT_RECORDS):
                cursor.execute(
                    f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {name} t"
                )
                found[name] = cursor.fetchone()
    return found


def test_the_pipeline_is_imported_without_a_map_found_unchanged_and_taken_back(sample_data: Path):
    folder = sample_data / "deals_maven"
    before = tables()

    done = [import_records(slug, folder / name) for slug, name, _rows in PRELUDE]
    done.append(import_records("deals", folder / "sales_pipeline.csv"))

    assert [one["created"] for one in done] == [85, 7, 35, 8800]
    assert [one["errors"] + one["duplicates"] for one in done] == [0, 0, 0, 0]
    assert set(done[3]) == {"job", "created", "updated", "unchanged", "duplicates", "errors", "seconds"}
    check_values()

    events = Event.objects.count()
    versions = Deal.objects.aggregate(found=Sum("version"))["found"]
    again = [import_records(slug, folder / name) for slug, name, _rows in PRELUDE]
    # The other date form, told to hold the same ids, means the same deals to the last cell.
    again.append(
        import_records("deals", folder / "sales_pipeline_us_dates.csv", "--source", "sales_pipeline")
    )

    assert [one["unchanged"] for one in again] == [85, 7, 35, 8800]
    assert Event.objects.count() == events
    assert Deal.objects.aggregate(found=Sum("version"))["found"] == versions

    for one in reversed(done):
        call_command("undo", str(one["job"]), stdout=StringIO())

    assert tables() == before


def check_values() -> None:
    """Compare with the README of the sample data."""
    deals = Deal.objects.all()
    won = deals.filter(status="won")
    assert (won.count(), deals.filter(status="lost").count()) == (4238, 2473)
    assert deals.filter(stage__name="Engaging").count() == 1589
    assert deals.filter(stage__name="Prospecting").count() == 500
    assert deals.filter(company=None).count() == 1425
    assert deals.filter(product__name="GTX Pro").count() == 1480
    amounts = list(won.values_list("amount", flat=True))
    assert (sum(amounts), median(amounts)) == (10_005_534, 1117)
    days = [(closed.date() - opened).days for closed, opened in won.values_list("closed_at", "opened_on")]
    assert (median(days), round(sum(days) / len(days), 3)) == (57, 51.782)
    quarters = [
        won.filter(closed_at__year=2017, closed_at__quarter=quarter).aggregate(found=Sum("amount"))["found"]
        for quarter in (1, 2, 3, 4)
    ]
    assert quarters == [1_134_672, 3_086_111, 2_982_255, 2_802_496]
    assert won_by_manager() == {
        "Melvin Marxen": 2_251_930,
        "Summer Sewald": 1_964_750,
        "Rocco Neubert": 1_960_545,
        "Celia Rouche": 1_603_897,
        "Cara Losch": 1_130_049,
        "Dustin Brinkmann": 1_094_363,
    }


def won_by_manager() -> dict[str, Decimal]:
    """The won value of each team, under the name of who leads it."""
    sums = Deal.objects.filter(status="won").values_list("team").annotate(found=Sum("amount")).order_by()
    leads = Membership.objects.filter(is_lead=True).select_related("user")
    names = {lead.team_id: lead.user.full_name for lead in leads}
    return {names[team_id]: found for team_id, found in sums}


def test_agents_become_users_and_offices_teams(sample_data: Path):
    import_records("users", sample_data / "deals_maven" / "sales_teams.csv")

    agent = User.objects.get(full_name="Moses Frase")
    team = agent.primary_team
    assert team is not None
    assert team.parent == Team.objects.get(name="Central", parent=None)
    assert [lead.user.full_name for lead in team.memberships.filter(is_lead=True)] == ["Dustin Brinkmann"]


def test_a_telephone_campaign_comes_as_people_with_calls(sample_data: Path):
    found = import_records("people", sample_data / "calls_bank" / "bank.csv")

    assert (found["created"], found["errors"]) == (4521, 0)
    assert Person.objects.count() == 4521
    calls = Activity.objects.filter(kind="call")
    assert calls.count() == 4521
    assert str(Person.objects.order_by("pk").first()) == "Client 1"
    first = calls.order_by("about_id").first()
    assert first is not None
    assert (first.seconds, str(first.outcome)) == (79, "no")
    assert first.done_at is not None
    assert (first.done_at.day, first.done_at.month) == (19, 10)


def test_its_mangled_twin_is_imported_repaired(sample_data: Path, tmp_path: Path):
    lines = (sample_data / "calls_bank" / "bank-additional.csv").read_text().splitlines()[:301]
    path = tmp_path / "twin.csv"
    path.write_text("\n".join(lines))

    found = import_records("people", path)

    assert (found["created"], found["errors"]) == (300, 0)
    assert set(Activity.objects.values_list("outcome__name", flat=True)) == {"yes", "no"}
