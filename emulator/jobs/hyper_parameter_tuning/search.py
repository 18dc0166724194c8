"""What a tuning job tries next: Optuna's proposals within the ranges of one training job definition."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.shapes.aws_rules import EPOCHS

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.pruners import BasePruner

_WIDE = 100
"""From this ratio of its ends on, a range is searched by its logarithm where nothing else is asked for."""


@dataclass(frozen=True)
class Search:
    """A training job definition, and the study that proposes its values."""

    definition: Mapping[str, Any]
    objective: Mapping[str, str]
    study: Study
    distributions: Mapping[str, BaseDistribution]
    reverse: frozenset[str]
    """Hyperparameters that are searched by their distance from 1."""
    grid: Sequence[Mapping[str, str]] | None
    """Every combination, for a grid."""

    @staticmethod
    def of(config: Mapping[str, Any], definition: Mapping[str, Any]) -> Search:
        """The search that a tuning job's configuration asks for."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        objective = definition.get("TuningObjective") or config["HyperParameterTuningJobObjective"]
        ranges = definition.get("HyperParameterRanges") or config.get("ParameterRanges", {})
        seed = config.get("RandomSeed")
        random = config["Strategy"] in ("Random", "Grid")
        sampler = optuna.samplers.RandomSampler(seed) if random else optuna.samplers.TPESampler(seed=seed)
        study = optuna.create_study(
            direction="maximize" if objective["Type"] == "Maximize" else "minimize",
            sampler=sampler,
            pruner=_pruner(config, definition),
        )
        grid = [*_combinations(ranges)] if config["Strategy"] == "Grid" else None
        distributions = dict(_distributions(ranges))
        reverse = frozenset(each["Name"] for each in _numeric(ranges) if _is_reverse(each))
        return Search(definition, objective, study, distributions, reverse, grid)

    @property
    def watches(self) -> bool:
        """Whether the metrics of a running training job may end it."""
        import optuna

        return not isinstance(self.study.pruner, optuna.pruners.NopPruner)

    def next(self) -> tuple[Trial, dict[str, str]]:
        """A new trial, and its hyperparameters as text."""
        trial = self.study.ask(None if self.grid is not None else dict(self.distributions))
        if self.grid is not None:
            return trial, dict(self.grid[trial.number])
        return trial, {
            name: str(1 - value if name in self.reverse else value) for name, value in trial.params.items()
        }

    def learn(self, tuned: Mapping[str, str], value: float) -> None:
        """Take over what an earlier tuning job has found, where it lies within today's ranges."""
        import optuna

        if not self.distributions.keys() <= tuned.keys():
            return
        values: dict[str, Any] = {name: _read(tuned[name], kind) for name, kind in self.distributions.items()}
        values |= {name: 1 - values[name] for name in self.reverse}
        try:
            found = optuna.trial.create_trial(params=values, distributions=dict(self.distributions), value=value)
        except ValueError:
            return
        self.study.add_trial(found)


def _combinations(ranges: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    tried = ranges.get("CategoricalParameterRanges", [])
    for chosen in itertools.product(*(each["Values"] for each in tried)):
        yield {each["Name"]: value for each, value in zip(tried, chosen, strict=True)}


def _numeric(ranges: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*ranges.get("IntegerParameterRanges", []), *ranges.get("ContinuousParameterRanges", [])]


def _is_reverse(tried: Mapping[str, Any]) -> bool:
    return tried.get("ScalingType") == "ReverseLogarithmic"


def _distributions(ranges: Mapping[str, Any]) -> Iterator[tuple[str, BaseDistribution]]:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    for each in ranges.get("IntegerParameterRanges", []):
        low, high = int(each["MinValue"]), int(each["MaxValue"])
        yield each["Name"], IntDistribution(low, high, log=_is_logarithmic(each, low, high))
    for each in ranges.get("ContinuousParameterRanges", []):
        low, high = float(each["MinValue"]), float(each["MaxValue"])
        if _is_reverse(each):
            yield each["Name"], FloatDistribution(1 - high, 1 - low, log=True)
        else:
            yield each["Name"], FloatDistribution(low, high, log=_is_logarithmic(each, low, high))
    for each in ranges.get("CategoricalParameterRanges", []):
        yield each["Name"], CategoricalDistribution(each["Values"])


def _is_logarithmic(tried: Mapping[str, Any], low: float, high: float) -> bool:
    scaling = tried.get("ScalingType", "Auto")
    return scaling == "Logarithmic" or (scaling == "Auto" and low > 0 and high / low >= _WIDE)


def _read(text: str, kind: BaseDistribution) -> Any:
    from optuna.distributions import FloatDistribution, IntDistribution

    if isinstance(kind, IntDistribution):
        return int(text)
    return float(text) if isinstance(kind, FloatDistribution) else text


def _pruner(config: Mapping[str, Any], definition: Mapping[str, Any]) -> BasePruner:
    from optuna.pruners import HyperbandPruner, MedianPruner, NopPruner

    if config["Strategy"] == "Hyperband":
        given = config.get("StrategyConfig", {}).get("HyperbandStrategyConfig", {})
        fixed = definition.get("StaticHyperParameters", {})
        epochs = [int(fixed[name]) for name in EPOCHS if name in fixed]
        most = given.get("MaxResource") or next(iter(epochs), 1)
        return HyperbandPruner(min_resource=min(given.get("MinResource", 1), most), max_resource=most)
    return MedianPruner() if config.get("TrainingJobEarlyStoppingType") == "Auto" else NopPruner()
