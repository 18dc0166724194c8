"""A warning at synth when what serves a model and the workload that it is for contradict each other."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Protocol, cast

from aws_cdk import Annotations
from constructs import IConstruct

from sagemaker_constructs.cost.inference_options import Advice, InferenceOption, InferenceWorkload, advise

WARNING = "sagemaker-constructs:workload"


class Served(Protocol):
    """Whatever serves a model: endpoints, components and batch transforms say of themselves what they can take."""

    @property
    @abstractmethod
    def inference_option(self) -> InferenceOption:
        """How it serves."""

    @abstractmethod
    def as_met(self, workload: InferenceWorkload) -> InferenceWorkload:
        """The workload without the waits that it avoids by staying awake."""

    @abstractmethod
    def own_limits(self, workload: InferenceWorkload) -> Iterator[str]:
        """What its own settings rule out, where AWS would allow more."""


class InferenceAdvisor:
    """Compares what serves a model with what is asked of it.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deploy-model-options.html
    """

    @staticmethod
    def check(served: Served, workload: InferenceWorkload) -> Advice:
        """Warn, once for all reasons, where a limit of AWS or of ``served`` keeps it from taking ``workload``.

        The warning names the option that fits. Accept it with
        ``Annotations.of(served).acknowledge_warning("sagemaker-constructs:workload")``. Provisions nothing, and
        returns the advice.
        """
        advice = advise(workload)
        option = served.inference_option
        limits = advise(served.as_met(workload)).against
        reasons = [*limits.get(option, ()), *served.own_limits(workload)]
        if reasons:
            better = f"take {advice.option.value}: {advice.why}" if advice.option else advice.why
            hint = "" if advice.option is option else f" Instead, {better}."
            Annotations.of(cast(IConstruct, served)).add_warning_v2(
                WARNING, f"This workload does not fit {option.value}: {'; '.join(reasons)}.{hint}"
            )
        return advice
