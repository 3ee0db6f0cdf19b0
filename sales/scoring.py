"""How likely a deal is to be won, learned from those that were won and lost before.

Naive Bayes over counts per team, as Odoo's lead score reckons it (crm_lead, versions 18 and 19).
No models and no database: counts in, a percentage and its reasons out.

    counts = learn(cases)
    counts.score(team=3, stage=1, values={"country": "BE"}).percent
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STAGE, TAG = "stage", "tag"
#: What every new cell starts with on both sides, so that nothing is impossible after one case.
START = 0.1
#: A tag counts from so many closed deals on.
FEWEST_OF_TAG = 50
LEAST, MOST = 0.01, 99.99
#: So many reasons are told for, and so many against.
TOLD = 3
#: Stands for all teams together.
EVERYBODY = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One closed deal. ``stages`` are those it passed, its last one included, in the pipeline's order.

    A won deal passed every stage. ``values`` holds one value per variable; unset ones are left out.
    """

    team: int
    stages: tuple[int, ...]
    won: bool
    values: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Factor:
    """One reason: ``strength`` over 0.5 helps, under 0.5 hurts."""

    variable: str
    value: str
    strength: float


@dataclass(frozen=True, slots=True)
class Score:
    """A likelihood of winning in percent, 0.01 to 99.99, and what makes it so, strongest first."""

    percent: float
    factors: tuple[Factor, ...] = ()

    @property
    def helping(self) -> tuple[Factor, ...]:
        found = [one for one in self.factors if one.strength > 0.5]
        return tuple(sorted(found, key=lambda one: -one.strength)[:TOLD])

    @property
    def hurting(self) -> tuple[Factor, ...]:
        found = [one for one in self.factors if one.strength < 0.5]
        return tuple(sorted(found, key=lambda one: one.strength)[:TOLD])


#: Won and lost, by value.
Cells = dict[str, list[float]]


@dataclass(slots=True)
class Counts:
    """Won and lost cases per team, variable and value; ``first_stage`` is the stage all deals pass."""

    teams: dict[int, dict[str, Cells]] = field(default_factory=dict)
    first_stage: int = 0

    def score(
        self, *, team: int, stage: int | None, values: Mapping[str, str], tags: Iterable[str] = ()
    ) -> Score | None:
        """Return the score of an open deal; None where nothing was won or nothing was lost yet.

        A team that is not known, or has no such history of its own, is scored by all teams together.
        A stage that no closed deal passed is left out.
        """
        table = self._table(team)
        if table is None:
            return None
        won, lost = table[STAGE][str(self.first_stage)]
        s_won, s_lost = won / (won + lost), lost / (won + lost)
        factors = []
        for variable, value in self._asked(table, stage, values, tags):
            cell = table[variable][value]
            total = (won, lost) if variable == STAGE else sums(table[variable])
            if not all(total):
                continue
            share_won, share_lost = cell[0] / total[0], cell[1] / total[1]
            s_won, s_lost = s_won * share_won, s_lost * share_lost
            strength = 1 - share_lost if variable == STAGE else share_won / (share_won + share_lost)
            if variable != STAGE or value != str(self.first_stage):
                factors.append(Factor(variable, value, strength))
        percent = round(100 * s_won / (s_won + s_lost), 2)
        return Score(min(max(percent, LEAST), MOST), tuple(factors))

    def _table(self, team: int) -> dict[str, Cells] | None:
        """Return the counts of a team that has won and lost, else of everybody."""
        for one in (team, EVERYBODY):
            table = self.teams.get(one)
            first = table[STAGE].get(str(self.first_stage)) if table else None
            if table is not None and first is not None and min(first) >= 1:
                return table
        return None

    def _asked(
        self, table: Mapping[str, Cells], stage: int | None, values: Mapping[str, str], tags: Iterable[str]
    ) -> Iterable[tuple[str, str]]:
        """Yield what is known of the deal and was seen before."""
        known = [(STAGE, str(stage)), *values.items()] if stage is not None else list(values.items())
        for variable, value in known:
            if value and value in table.get(variable, ()):
                yield variable, value
        for tag in tags:
            cell = table.get(TAG, {}).get(tag)
            if cell and sum(cell) >= FEWEST_OF_TAG:
                yield TAG, tag

    def to_json(self) -> dict[str, Any]:
        teams = {str(team): table for team, table in self.teams.items()}
        return {"first_stage": self.first_stage, "teams": teams}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Counts:
        teams = {int(team): table for team, table in data.get("teams", {}).items()}
        return cls(teams, int(data.get("first_stage", 0)))


def learn(cases: Iterable[Case]) -> Counts:
    """Count closed deals: a won one for every stage, a lost one for its stage and those before it."""
    teams: dict[int, dict[str, Cells]] = {}
    passed: dict[int, int] = defaultdict(int)
    for case in cases:
        for team in {case.team, EVERYBODY}:
            table = teams.setdefault(team, {STAGE: {}})
            for stage in case.stages:
                add(table, STAGE, str(stage), case.won)
            for variable, value in case.values.items():
                if value:
                    add(table, variable, value, case.won)
            for tag in case.tags:
                add(table, TAG, tag, case.won)
        for stage in case.stages[:1]:
            passed[stage] += 1
    return Counts(teams, max(passed, key=lambda stage: passed[stage]) if passed else 0)


def add(table: dict[str, Cells], variable: str, value: str, won: bool) -> None:
    """Count one case; a new cell starts a little above nothing on both sides."""
    cell = table.setdefault(variable, {}).setdefault(value, [START, START])
    cell[0 if won else 1] += 1


def sums(cells: Cells) -> tuple[float, float]:
    """Return how many were won and lost over all values of a variable."""
    return sum(cell[0] for cell in cells.values()), sum(cell[1] for cell in cells.values())
