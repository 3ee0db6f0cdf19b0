"""Whether a score deserves to be shown: tried on deals it has not learned from.

Deals are sorted by the day they closed. The score learns from the older part and is asked about the
younger one, as if those had just come in. It has skill if its Brier score (the mean squared
distance between likelihood and outcome, Brier 1950) beats that of the bare win rate by more than
chance: the 95 % interval of the difference, from resampled deals, lies above nothing.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sales.scoring import Case, learn

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Of all cases, so many are learned from; the rest is foretold.
LEARNED = 0.7
#: With fewer won, or fewer lost, deals nothing is said.
FEWEST = 30
ROUNDS = 400
DECILES = 10


@dataclass(frozen=True, slots=True)
class Decile:
    """A tenth of the deals by score: what was foretold, and what came, in percent."""

    count: int
    foretold: float
    won: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a trial gave. ``gain`` is how much lower the Brier score is than the bare win rate's."""

    learned: int
    tried: int
    won: int
    lost: int
    base_rate: float = 0.0
    brier: float = 0.0
    base_brier: float = 0.0
    gain: float = 0.0
    gain_low: float = 0.0
    gain_high: float = 0.0
    auc: float = 0.5
    deciles: tuple[Decile, ...] = ()
    is_enough: bool = False

    @property
    def has_skill(self) -> bool:
        return self.is_enough and self.gain_low > 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Report:
        deciles = tuple(Decile(**one) for one in data.get("deciles", ()))
        return cls(**{**data, "deciles": deciles})


def trial(cases: Sequence[Case], *, seed: int = 1) -> Report:
    """Learn from the older cases, foretell the younger ones; ``cases`` come in the order of closing."""
    won = sum(case.won for case in cases)
    edge = int(len(cases) * LEARNED)
    old, young = cases[:edge], cases[edge:]
    sizes: dict[str, Any] = {"learned": len(old), "tried": len(young), "won": won, "lost": len(cases) - won}
    if min(won, len(cases) - won) < FEWEST:
        return Report(**sizes)
    counts = learn(old)
    base = sum(case.won for case in old) / len(old)
    pairs = [(foretold(counts, case, base), case.won) for case in young]
    gains = [(base - one) ** 2 - (chance - one) ** 2 for chance, one in pairs]
    low, high = interval(gains, seed)
    return Report(
        **sizes,
        base_rate=base,
        brier=mean([(chance - one) ** 2 for chance, one in pairs]),
        base_brier=mean([(base - one) ** 2 for _chance, one in pairs]),
        gain=mean(gains),
        gain_low=low,
        gain_high=high,
        auc=area(pairs),
        deciles=tenths(pairs),
        is_enough=True,
    )


def foretold(counts: Any, case: Case, base: float) -> float:
    """Return the chance of a case as it was when it came in: in its first stage."""
    stage = case.stages[0] if case.stages else None
    score = counts.score(team=case.team, stage=stage, values=case.values, tags=case.tags)
    return base if score is None else score.percent / 100


def mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def interval(numbers: Sequence[float], seed: int) -> tuple[float, float]:
    """Return the 95 % interval of the mean by the bootstrap (Efron 1979)."""
    chance = random.Random(seed)
    means = sorted(mean(chance.choices(numbers, k=len(numbers))) for _round in range(ROUNDS))
    return means[int(ROUNDS * 0.025)], means[int(ROUNDS * 0.975)]


def area(pairs: Sequence[tuple[float, bool]]) -> float:
    """Return the area under the ROC curve: how often a won deal scores higher than a lost one."""
    ordered = sorted(pairs)
    ranks, place = 0.0, 0
    while place < len(ordered):
        end = place
        while end < len(ordered) and ordered[end][0] == ordered[place][0]:
            end += 1
        middle = (place + 1 + end) / 2
        ranks += middle * sum(won for _chance, won in ordered[place:end])
        place = end
    won = sum(one for _chance, one in pairs)
    lost = len(pairs) - won
    return (ranks - won * (won + 1) / 2) / (won * lost) if won and lost else 0.5


def tenths(pairs: Sequence[tuple[float, bool]]) -> tuple[Decile, ...]:
    """Return the deals by score in ten parts, the lowest first."""
    ordered = sorted(pairs)
    found = []
    for number in range(DECILES):
        part = ordered[len(ordered) * number // DECILES : len(ordered) * (number + 1) // DECILES]
        if part:
            foretold_share = mean([chance for chance, _won in part])
            came = mean([float(won) for _chance, won in part])
            found.append(Decile(len(part), round(foretold_share * 100, 1), round(came * 100, 1)))
    return tuple(found)
