"""The learned score: the formula's own numbers, what it says of signal, and its silence without."""

from __future__ import annotations

import csv
import os
import random
from pathlib import Path

import pytest

from sales.backtest import trial
from sales.scoring import EVERYBODY, STAGE, Case, Counts, learn

NEW, QUALIFIED = 1, 2
#: The test vector of the field notes: won and lost per stage and country.
VECTOR = Counts(
    {
        EVERYBODY: {
            STAGE: {"1": [20.1, 80.1], "2": [20.1, 30.1]},
            "country": {"BE": [12.1, 20.1], "FR": [8.1, 60.1]},
        }
    },
    first_stage=NEW,
)


@pytest.mark.parametrize(
    ("stage", "country", "percent"),
    [
        (NEW, "", 20.06),
        (NEW, "BE", 37.49),
        (NEW, "FR", 11.84),
        (QUALIFIED, "", 40.04),
        (QUALIFIED, "BE", 61.48),
        (QUALIFIED, "FR", 26.33),
    ],
)
def test_the_formula_gives_its_test_vector(stage: int, country: str, percent: float) -> None:
    score = VECTOR.score(team=7, stage=stage, values={"country": country})

    assert score is not None
    assert score.percent == percent


def test_reasons_are_told_for_and_against() -> None:
    score = VECTOR.score(team=7, stage=NEW, values={"country": "FR"})

    assert score is not None
    assert [(one.variable, one.value) for one in score.hurting] == [("country", "FR")]
    assert score.helping == ()


def test_a_lost_deal_counts_for_its_stage_and_those_before_it() -> None:
    counts = learn([Case(team=3, stages=(1, 2), won=True), Case(team=3, stages=(1,), won=False)])

    assert counts.teams[3][STAGE] == {"1": [1.1, 1.1], "2": [1.1, 0.1]}
    assert counts.first_stage == 1


def test_without_a_loss_there_is_no_score() -> None:
    counts = learn([Case(team=3, stages=(1, 2), won=True)] * 40)

    assert counts.score(team=3, stage=1, values={}) is None


def test_an_unknown_team_is_scored_by_all_together() -> None:
    cases = [Case(team=3, stages=(1,), won=number % 4 == 0) for number in range(40)]

    score = learn(cases).score(team=99, stage=1, values={})

    assert score is not None
    assert score.percent == pytest.approx(25, abs=0.5)


def test_a_tag_counts_from_fifty_deals_on() -> None:
    few = [Case(team=1, stages=(1,), won=number % 2 == 0, tags=("vip",)) for number in range(40)]
    plain = [Case(team=1, stages=(1,), won=number % 2 == 0) for number in range(60)]

    counts = learn(few + plain)
    score = counts.score(team=1, stage=1, values={}, tags=("vip",))

    assert score is not None
    assert score.factors == ()


def test_counts_survive_being_kept() -> None:
    assert Counts.from_json(VECTOR.to_json()) == VECTOR


def test_a_planted_signal_is_found_and_beats_the_win_rate() -> None:
    report = trial(planted(2000))

    assert report.auc >= 0.75
    assert report.brier < report.base_brier
    assert report.has_skill


def test_deciles_of_a_planted_signal_rise() -> None:
    deciles = trial(planted(2000)).deciles

    assert len(deciles) == 10
    assert sum(one.won for one in deciles[-3:]) > sum(one.won for one in deciles[:3]) + 100


def test_with_few_deals_nothing_is_said() -> None:
    report = trial(planted(5))

    assert not report.is_enough
    assert not report.has_skill


def test_without_signal_the_score_has_no_skill() -> None:
    chance = random.Random(7)
    cases = [
        Case(team=1, stages=(1, 2), won=chance.random() < 0.6, values={"source": chance.choice("abcdef")})
        for _number in range(2000)
    ]

    assert not trial(cases).has_skill


@pytest.mark.sample_data
def test_the_sample_pipeline_has_no_signal_and_is_refused() -> None:
    with sample("deals_maven/accounts.csv").open(newline="") as file:
        sectors = {row["account"]: row["sector"] for row in csv.DictReader(file)}
    with sample("deals_maven/sales_pipeline.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["deal_stage"] in ("Won", "Lost")]
    rows.sort(key=lambda row: row["close_date"])
    cases = [
        Case(
            team=1,
            stages=(1, 2),
            won=row["deal_stage"] == "Won",
            values={"product": row["product"], "industry": sectors.get(row["account"], "")},
        )
        for row in rows
    ]

    report = trial(cases)

    assert report.is_enough
    assert report.auc == pytest.approx(0.5, abs=0.03)
    assert not report.has_skill


def sample(name: str) -> Path:
    """Return a file of the sample data."""
    folder = Path(os.environ.get("SAMPLE_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no sample data in {folder}: set SAMPLE_DATA")
    return folder / name


def planted(count: int) -> list[Case]:
    """Return deals whose source and country tell how they end, with noise."""
    chance = random.Random(11)
    weights = {"referral": 0.35, "fair": 0.0, "web": -0.3}
    places = {"DE": 0.2, "FR": 0.0, "US": -0.2}
    found = []
    for _number in range(count):
        source, country = chance.choice(list(weights)), chance.choice(list(places))
        odds = 0.5 + weights[source] + places[country]
        won = chance.random() < min(max(odds, 0.03), 0.97)
        found.append(
            Case(
                team=1, stages=(1, 2) if won else (1,), won=won, values={"source": source, "country": country}
            )
        )
    return found
