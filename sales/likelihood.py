"""The likelihood of winning: learned every night per pipeline, told with its reasons, or not at all.

A pipeline whose trial shows no skill is silent: a number nobody can trust is worse than none.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Max, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import kept
from sales.backtest import Report, trial
from sales.models import Deal, Lead, Pipeline, ScoreModel, StageChange, StageKind
from sales.scoring import STAGE, TAG, Case, Counts, Score, learn
from sales.selectors import Catalogue, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from crm.records.models import Job
    from sales.scoring import Factor

#: Learnings are kept for so long, to see how the score fared.
KEPT_FOR = timedelta(days=90)
#: What a deal tells beside its stage: variable → what it is called, and the field whose rights it has.
VARIABLES: dict[str, tuple[Any, str]] = {
    "source": (gettext_lazy("Source"), "source"),
    "product": (gettext_lazy("Product"), "product"),
    "industry": (gettext_lazy("Industry"), "company"),
    "country": (gettext_lazy("Country"), "company"),
    "language": (gettext_lazy("Language"), "person"),
    "email": (gettext_lazy("E-mail known"), "person"),
    "phone": (gettext_lazy("Phone known"), "person"),
    TAG: (gettext_lazy("Tag"), "tags"),
    STAGE: (gettext_lazy("Stage"), "stage"),
}
COLUMNS = (
    "team_id",
    "status",
    "tags",
    "last_open",
    "source__name",
    "product__name",
    "company__industry__name",
    "company__country",
    "person__language",
    "person_id",
    "person__email",
    "person__phone",
)


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of one pipeline."""

    counts: Counts
    report: Report
    learned_at: datetime

    @property
    def speaks(self) -> bool:
        return self.report.has_skill


@dataclass(frozen=True, slots=True)
class Told:
    """A score as a page shows it."""

    percent: float
    helping: list[str]
    hurting: list[str]


def read_learned() -> dict[int, Learned]:
    """Read the newest learning of each pipeline."""
    newest = ScoreModel.objects.values("pipeline").annotate(last=Max("pk")).values("last")
    return {
        row.pipeline_id: Learned(Counts.from_json(row.counts), Report.from_json(row.report), row.learned_at)
        for row in ScoreModel.objects.filter(pk__in=newest)
    }


learned = kept.Kept("sales.learned", read_learned)


def learn_all(at: datetime, job: Job | None = None) -> int:
    """Learn every active pipeline anew and put it to the test; return how many have skill."""
    pipelines = list(Pipeline.objects.filter(is_active=True))
    skilled = 0
    for number, pipeline in enumerate(pipelines):
        cases = list(cases_of(pipeline, catalogue()))
        report = trial(cases)
        skilled += report.has_skill
        ScoreModel.objects.create(
            pipeline=pipeline,
            learned_at=at,
            counts=learn(cases).to_json(),
            report=report.to_json(),
            has_skill=report.has_skill,
        )
        if job is not None:
            job.progress(number + 1, len(pipelines))
    ScoreModel.objects.filter(learned_at__lt=at - KEPT_FOR).delete()
    kept.renew()
    return skilled


def cases_of(pipeline: Pipeline, known: Catalogue) -> Iterator[Case]:
    """Yield the closed deals of a pipeline in the order in which they closed."""
    stages = [stage.pk for stage in known.of(pipeline.pk) if stage.is_open]
    stays = StageChange.objects.filter(deal=OuterRef("pk"), to_stage__kind=StageKind.OPEN)
    rows = Deal.objects.filter(pipeline=pipeline, is_open=False).annotate(
        last_open=Subquery(stays.order_by("-entered_at", "-pk").values("to_stage_id")[:1])
    )
    for row in rows.order_by("closed_at", "pk").values(*COLUMNS).iterator(chunk_size=5000):
        won = row["status"] == StageKind.WON
        passed = stages if won else stages[: place_of(stages, row["last_open"])]
        yield Case(row["team_id"] or 0, tuple(passed), won, values_of(row), tuple(row["tags"]))


def place_of(stages: list[int], last: int | None) -> int:
    """Return how many stages a deal passed whose last open one was ``last``; the first at least."""
    return stages.index(last) + 1 if last in stages else 1


def values_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what a deal tells, by variable; whether one can reach the person counts even when not."""
    found = {
        "source": row["source__name"],
        "product": row["product__name"],
        "industry": row["company__industry__name"],
        "country": row["company__country"],
        "language": row["person__language"],
    }
    if row["person_id"]:
        found["email"] = "yes" if row["person__email"] else "no"
        found["phone"] = "yes" if row["person__phone"] else "no"
    return {name: str(value) for name, value in found.items() if value}


def score_deal(deal: Deal) -> Score | None:
    """Return the likelihood of an open deal; None where its pipeline is silent."""
    known = learned().get(deal.pipeline_id)
    if known is None or not known.speaks or not deal.is_open:
        return None
    row = Deal.objects.filter(pk=deal.pk).values(*(name for name in COLUMNS if name != "last_open")).first()
    values = values_of(row) if row else {}
    return known.counts.score(team=deal.team_id or 0, stage=deal.stage_id, values=values, tags=deal.tags)


def score_lead(lead: Lead) -> Score | None:
    """Return the likelihood that a lead is won one day, as of a deal that has just come in."""
    pipeline_id = lead.pipeline_id or next((one.pk for one in catalogue().open_to(None)), 0)
    known = learned().get(pipeline_id)
    if known is None or not known.speaks:
        return None
    first = catalogue().first(pipeline_id)
    values = {
        "source": str(lead.source or ""),
        "product": str(lead.product or ""),
        "country": lead.country,
        "email": "yes" if lead.email else "no",
        "phone": "yes" if lead.phone else "no",
    }
    stage = first.pk if first else None
    return known.counts.score(team=lead.team_id or 0, stage=stage, values=values, tags=lead.tags)


def told(score: Score, hidden: frozenset[str] | set[str]) -> Told:
    """Put a score into words; reasons that would tell a hidden field are left out."""

    def words(factors: tuple[Factor, ...]) -> list[str]:
        return [named(one) for one in factors if VARIABLES[one.variable][1] not in hidden]

    return Told(score.percent, words(score.helping), words(score.hurting))


def named(factor: Factor) -> str:
    """Name one reason: "Source: Referral"."""
    label, value = str(VARIABLES[factor.variable][0]), factor.value
    if factor.variable == STAGE:
        stage = catalogue().stages.get(int(value)) if value.isdecimal() else None
        value = stage.name if stage else value
    elif value in ("yes", "no"):
        value = _("yes") if value == "yes" else _("no")
    return _("%(label)s: %(value)s") % {"label": label, "value": value}


def follow_leads() -> int:
    """Write the likelihood of every open lead; return how many changed."""
    changed: dict[Any, list[int]] = defaultdict(list)
    rows = Lead.objects.filter(is_live=True).select_related("source", "product")
    for lead in rows.iterator(chunk_size=2000):
        score = score_lead(lead)
        percent = None if score is None else round(score.percent, 2)
        now = None if lead.likelihood is None else float(lead.likelihood)
        if now != percent:
            changed[percent].append(lead.pk)
    for percent, ids in changed.items():
        Lead.objects.filter(pk__in=ids).update(likelihood=percent)
    return sum(map(len, changed.values()))
