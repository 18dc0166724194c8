"""A rule of Debugger."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem, matches, no_more_than, one_of, within
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.training.debugger.debug_action import DebugAction, action_text

BUILT_IN: Mapping[str, str] = {
    "AllZero": "",
    "CheckInputImages": "input_image",
    "ClassImbalance": "",
    "Confusion": "",
    "CreateXgboostReport": "",
    "DeadRelu": "relu_output",
    "ExplodingTensor": "",
    "FeatureImportanceOverweight": "feature_importance",
    "LossNotDecreasing": "losses",
    "NLPSequenceRatio": "input_sequence",
    "Overfit": "",
    "Overtraining": "",
    "PoorWeightInitialization": "relu_input",
    "SaturatedActivation": "",
    "SimilarAcrossRuns": "",
    "StalledTrainingRule": "",
    "TensorVariance": "",
    "TreeDepth": "",
    "UnchangedTensor": "",
    "VanishingGradient": "gradients",
    "WeightUpdateRatio": "weights",
}
"""AWS's rules, and the collection of tensors that each reads, where it reads one that is not always saved.

https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html and smdebug_rulesconfig, read 2026-11-29
"""
_MOST_PARAMETERS = 100
_LONGEST_VALUE = 256
_IMAGE = r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.[a-z0-9.-]+/\S+"


@dataclass(frozen=True)
class DebugRule:
    """A rule that an evaluator runs beside the training job; make one with ``built_in`` or ``custom``.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DebugRuleConfiguration.html
    """

    name: str
    parameters: Mapping[str, str]
    actions: Sequence[DebugAction]
    image: str | None
    instance_type: str | None
    volume_gib: int | None

    @staticmethod
    def built_in(
        rule: str,
        *,
        name: str | None = None,
        parameters: Mapping[str, str] | None = None,
        actions: Sequence[DebugAction] = (),
    ) -> "DebugRule":
        """AWS's rule ``rule``, such as ``VanishingGradient``, under a ``name`` (default: the rule's own)."""
        return DebugRule(name or rule, {"rule_to_invoke": rule, **(parameters or {})}, actions, None, None, None)

    @staticmethod
    def custom(
        name: str,
        *,
        image: str,
        source: str,
        rule: str,
        instance_type: str,
        volume_gib: int = 30,
        parameters: Mapping[str, str] | None = None,
        actions: Sequence[DebugAction] = (),
    ) -> "DebugRule":
        """The class ``rule`` in the file ``source`` (an S3 URL), run by the evaluator ``image`` on its own instance.

        AWS lists its evaluator images for rules of your own, one in each region; the training's role needs the right
        to read ``source`` and to pull ``image``.
        """
        given = {"source_s3_uri": source, "rule_to_invoke": rule, **(parameters or {})}
        return DebugRule(name, given, actions, image, instance_type, volume_gib)

    def request(self, evaluator: str, job_prefix: str) -> dict[str, object]:
        """The member of the API, with AWS's image ``evaluator`` for AWS's rules."""
        actions = {"action_json": action_text(self.actions, job_prefix)} if self.actions else {}
        request: dict[str, object] = {
            "RuleConfigurationName": self.name,
            "RuleEvaluatorImage": self.image or evaluator,
            "RuleParameters": {**self.parameters, **actions},
        }
        if self.instance_type:
            request |= {"InstanceType": self.instance_type, "VolumeSizeInGB": self.volume_gib}
        return request

    def problems(self, job_prefix: str) -> Iterator[Problem | None]:
        """What is wrong with it, for jobs whose names begin with ``job_prefix``."""
        if self.image is None:
            yield one_of("rule", self.parameters["rule_to_invoke"], BUILT_IN)
        else:
            yield matches("image", self.image, _IMAGE, "the URI of an image in ECR")
            yield matches("source", self.parameters["source_s3_uri"], r"s3://[^/]+/.+", "an S3 URL")
        yield no_more_than("parameters", list(self.parameters), _MOST_PARAMETERS)
        if "action_json" in self.parameters:
            yield Problem("parameters", "must not have action_json: give actions")
        for name, value in self.parameters.items():
            if not is_token(value) and len(value) > _LONGEST_VALUE:
                yield Problem("parameters", f"{name} may have at most {_LONGEST_VALUE} characters, got: {len(value)}")
        for number, action in enumerate(self.actions):
            yield from within(f"actions[{number}]", action.problems())
        length = len(action_text(self.actions, job_prefix))
        if self.actions and length > _LONGEST_VALUE:
            yield Problem("actions", f"may have at most {_LONGEST_VALUE} characters as text, got: {length}")
