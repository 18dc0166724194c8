"""Debugger for a training job."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.places import Location
from sagemaker_constructs.core.problems import Problem, no_more_than, one_of, within
from sagemaker_constructs.core.templates.closed_services import closed_service
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.images.model_image import grant_pull_of
from sagemaker_constructs.training.debugger.debug_rule import BUILT_IN, DebugRule

CLOSED = closed_service("Debugger").words
_OF_THE_LIBRARY = ("gradients", "losses", "weights", "feature_importance")
"""Collections that Debugger's hook fills by itself; of others it has to be told what belongs to them."""
_SAVED: Mapping[str, str] = {"save_interval": "500"}
_MOST = 20


@dataclass(frozen=True)
class Debugger:
    """Rules on the tensors that a training job saves. Of use only in accounts that used Debugger before 2026-07-30.

    ``collections`` name the tensors to be saved, with their parameters, such as
    ``{"losses": {"save_interval": "50"}}``. Collections that a built-in rule reads are saved every 500 steps, where
    the hook fills them by itself. ``hook_parameters`` are for the hook.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-availability-change.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-createtrainingjob-api.html
    """

    rules: Sequence[DebugRule] = ()
    collections: Mapping[str, Mapping[str, str]] | None = None
    hook_parameters: Mapping[str, str] | None = None

    def problems(self, location: Location, job_prefix: str) -> Iterator[Problem | None]:
        """What is wrong with it, for jobs whose names begin with ``job_prefix``."""
        saved = self._collections()
        yield no_more_than("rules", list(self.rules), _MOST)
        yield no_more_than("collections", list(saved), _MOST)
        yield no_more_than("hook_parameters", list(self.hook_parameters or {}), _MOST)
        for name, parameters in saved.items():
            yield no_more_than(f"collections.{name}", list(parameters), _MOST)
        for number, rule in enumerate(self.rules):
            path = f"rules[{number}]"
            yield from within(path, rule.problems(job_prefix))
            needed = self._read_by(rule)
            if needed and needed not in saved:
                yield Problem(path, f"reads the collection {needed}, which collections must have, got: {rule.name}")
        if any(rule.image is None for rule in self.rules):
            if is_token(location.region):
                words = "needs a stack with a concrete region for the evaluator's image, got: one known at deployment"
                yield Problem("rules", words)
            else:
                yield one_of("rules", location.region, _table()["accounts"])

    def request(self, location: Location, output_url: str, job_prefix: str) -> dict[str, object]:
        """The members of the API; tensors go below ``output_url``."""
        collections = [
            {"CollectionName": name, **({"CollectionParameters": dict(parameters)} if parameters else {})}
            for name, parameters in self._collections().items()
        ]
        hook: dict[str, object] = {"S3OutputPath": output_url, "CollectionConfigurations": collections}
        if self.hook_parameters:
            hook["HookParameters"] = dict(self.hook_parameters)
        image = _evaluator(location.region)
        rules = [rule.request(image, job_prefix) for rule in self.rules]
        return {"DebugHookConfig": hook, **({"DebugRuleConfigurations": rules} if rules else {})}

    def grant(self, location: Location, grants: Grants, job_prefix: str) -> None:
        """Allow the job's role what its evaluators do: pull their image, stop the job, and tell of findings."""
        if any(rule.image is None for rule in self.rules):
            account, table = _table()["accounts"][location.region], _table()
            repository = f"{account}:repository/{table['repository']}"
            grant_pull_of(f"arn:{location.partition}:ecr:{location.region}:{repository}", grants)
        actions = {action.name for rule in self.rules for action in rule.actions}
        if "stoptraining" in actions:
            jobs = location.arn("sagemaker", "training-job", name=f"{job_prefix}-*")
            grants.allow("sagemaker:StopTrainingJob", on=jobs, because="Jobs are named when they start.")
        if actions & {"email", "sms"}:
            topic = location.arn("sns", "SMDebugRules")
            grants.allow("sns:CreateTopic", "sns:Subscribe", "sns:Publish", on=topic)

    def _collections(self) -> Mapping[str, Mapping[str, str]]:
        needed = [self._read_by(rule) for rule in self.rules]
        own = {name: _SAVED for name in needed if name in _OF_THE_LIBRARY}
        return {**own, **(self.collections or {})}

    @staticmethod
    def _read_by(rule: DebugRule) -> str:
        return "" if rule.image else BUILT_IN.get(rule.parameters["rule_to_invoke"], "")


def _evaluator(region: str) -> str:
    """The image that evaluates AWS's rules; empty where none is needed."""
    table = _table()
    if region not in table["accounts"]:
        return ""
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{table['accounts'][region]}.dkr.ecr.{region}.{domain}/{table['repository']}:{table['tag']}"


@cache
def _table() -> dict[str, Any]:
    return json.loads(Path(__file__).with_name("debugger_images.json").read_text(encoding="utf-8"))
