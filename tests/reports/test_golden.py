"""A real pipeline, imported without a map, gives the values that its publisher's data hold."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from reports.lens import Lens
from reports.metrics import sales
from sales.models import Deal

if TYPE_CHECKING:
    from crm.identity.models import User

DATA = Path(os.environ.get("SAMPLE_DATA", "../shared/data")) / "deals_maven"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sample_data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no sample data: {DATA} is not there"),
]
FILES = (("companies", "accounts"), ("products", "products"), ("users", "sales_teams"))
QUARTERS = {
    "2017-01-01..2017-03-31": 1_134_672,
    "2017-04-01..2017-06-30": 3_086_111,
    "2017-07-01..2017-09-30": 2_982_255,
    "2017-10-01..2017-12-31": 2_802_496,
}


@pytest.mark.parametrize("pipeline", ["sales_pipeline", "sales_pipeline_us_dates"])
def test_the_imported_pipeline_gives_its_known_values(root: User, pipeline: str) -> None:
    for slug, name in FILES:
        call_command("import_records", slug, str(DATA / f"{name}.csv"))
    call_command("import_records", "deals", str(DATA / f"{pipeline}.csv"))
    ever = Lens(user=root, at=datetime(2026, 11, 24, tzinfo=UTC), period_name="2000-01-01..")

    won, rate = sales.won_value(ever), sales.win_rate(ever)
    average, median = sales.average_won(ever).value, sales.median_won(ever).value

    assert Deal.objects.count() == 8800
    assert (won.count, won.value) == (4238, 10_005_534_00)
    assert (rate.count, round(float(rate.value or 0) * 100, 4)) == (6711, 63.1501)
    assert (round(float(average or 0) / 100, 4), float(median or 0) / 100) == (2360.9094, 1117)
    assert sales.cycle_days(ever).value == 57
    assert [(bar.label, bar.count) for bar in sales.open_by_stage(ever)] == [
        ("Prospecting", 500),
        ("Engaging", 1589),
    ]
    assert [(bar.label, bar.count) for bar in sales.lost_reasons(ever)] == [("Not recorded", 2473)]
    best = sales.won_by_owner(ever)[0]
    assert (best.label, best.value) == ("Darcel Schlecht", 1_153_214_00)
    for quarter, value in QUARTERS.items():
        assert sales.won_value(Lens(user=root, at=ever.at, period_name=quarter)).value == value * 100
