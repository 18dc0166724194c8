"""What the result of a step holds: the response of its Describe call, and what pipelines add to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sagemaker_constructs.core.pipeline_definitions.expressions import path_parts, structures_of
from sagemaker_constructs.core.pipeline_definitions.step_types import STEP_TYPES
from sagemaker_constructs.core.service_model import shape

TEXT, INTEGER, FLOAT, BOOLEAN, ANY = "String", "Integer", "Float", "Boolean", "Any"
_KINDS = {
    "string": TEXT,
    "timestamp": TEXT,
    "blob": TEXT,
    "integer": INTEGER,
    "long": INTEGER,
    "float": FLOAT,
    "double": FLOAT,
    "boolean": BOOLEAN,
    "structure": "structure",
    "list": "list",
    "map": "map",
}


@dataclass(frozen=True)
class ResultNode:
    """A place within a result: a value of ``kind``, or a structure, list or map of further places.

    ``shapes`` are the API's, merged; ``own`` are members that no shape has.
    """

    kind: str
    shapes: tuple[str, ...] = ()
    service: str = "sagemaker"
    own: Mapping[str, "ResultNode"] = field(default_factory=dict[str, "ResultNode"])

    @property
    def is_value(self) -> bool:
        """Whether it is a value that an argument may take, and no part of the result with values below."""
        return self.kind not in ("structure", "list", "map")

    def members(self) -> Mapping[str, "ResultNode"]:
        """The members of a structure, by name."""
        found = {
            name: result_node(member["shape"], self.service)
            for name in self.shapes
            for name, member in shape(name, self.service).get("members", {}).items()
        }
        return {**found, **self.own}

    def member(self, name: str) -> "ResultNode | None":
        """The member ``name`` of a structure."""
        if self.kind == ANY:
            return self
        if name in self.own:
            return self.own[name]
        for each in self.shapes:
            described: Mapping[str, Any] = shape(each, self.service).get("members", {})
            if name in described:
                return result_node(described[name]["shape"], self.service)
        return None

    def entry(self) -> "ResultNode | None":
        """What a list or a map holds."""
        if self.kind == ANY or not self.shapes:
            return self.own.get("*") if self.kind != ANY else self
        described = shape(self.shapes[0], self.service)
        inner = described.get("member") or described.get("value")
        return result_node(inner["shape"], self.service) if inner else None

    def at(self, asked: str) -> "ResultNode | None":
        """What stands at a path such as ``ModelArtifacts.S3ModelArtifacts``; None where there is nothing."""
        parts = path_parts(asked)
        found: ResultNode | None = self
        for part in parts or ():
            if found is None:
                return None
            if found.kind in ("list", "map") or isinstance(part, int):
                found = found.entry() if found.kind in ("list", "map", ANY) else None
            else:
                found = found.member(part)
        return found if parts else None


@cache
def result_node(name: str, service: str = "sagemaker") -> ResultNode:
    """The place that the shape ``name`` describes."""
    kind = _KINDS.get(shape(name, service)["type"], ANY)
    return ResultNode(kind, (name,) if kind in ("structure", "list", "map") else (), service)


_TEXT, _INTEGER, _ANY = ResultNode(TEXT), ResultNode(INTEGER), ResultNode(ANY)
_ARNS = ResultNode("map", own={"*": _TEXT})
_DRIFT = {"CalculatedBaselineConstraints": _TEXT, "BaselineUsedForDriftCheckConstraints": _TEXT}
_STATISTICS = {"CalculatedBaselineStatistics": _TEXT, "BaselineUsedForDriftCheckStatistics": _TEXT}
_REPORTS = {"ModelInsightsJsonReportPath": _TEXT, "ExplainabilityJsonReportPath": _TEXT}
_COUNTS = ("InputItemCount", "TotalStepCount", "SucceededStepCount", "FailedStepCount", "StoppedStepCount")
_OWN: Mapping[str, Mapping[str, ResultNode]] = {
    "AutoML": {"BestCandidateProperties": ResultNode("structure", own=_REPORTS)},
    "ClarifyCheck": _DRIFT,
    "Condition": {"Outcome": _TEXT},
    "EMR": {"ClusterId": _TEXT, "ExecutionRoleArn": _TEXT},
    "ForEach": {
        "IterationOutputs": ResultNode("list", own={"*": _ANY}),
        "Selected": _ANY,
        "Status": _TEXT,
        **dict.fromkeys(_COUNTS, _INTEGER),
    },
    # The service reads the document, which is text, where a reference goes on below it.
    "Job": {"JobConfigDocument": _ANY},
    "Lineage": {**dict.fromkeys(("ActionArns", "ArtifactArns", "ContextArns"), _ARNS), "Associations": _ANY},
    "QualityCheck": {**_DRIFT, **_STATISTICS},
}


@cache
def result_of(step_type: str) -> ResultNode:
    """The whole result of a step of this type, without what the step itself declares."""
    known = STEP_TYPES[step_type]
    return ResultNode("structure", known.result, known.result_service, _OWN.get(step_type, {}))


def declared_outputs(parameters: object) -> ResultNode:
    """What the ``OutputParameters`` of a Lambda or Callback step add to its result."""
    own = {
        str(each.get("OutputName")): ResultNode(str(each.get("OutputType", TEXT)))
        for each in structures_of(parameters)
    }
    return ResultNode("structure", own={"OutputParameters": ResultNode("structure", own=own)})
