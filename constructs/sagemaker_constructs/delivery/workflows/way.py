"""The jobs of a workflow, for whatever kind of it: which steps, for which environment, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sagemaker_constructs.delivery.continuous import Continuous
from sagemaker_constructs.delivery.delivery_steps import DeliverySteps


@dataclass(frozen=True)
class Way:
    """The way of a change: ``steps`` through ``environments``, of which the last is production.

    ``setup`` is what machines of GitHub and GitLab are given before: Python and Node, in these versions.
    """

    steps: DeliverySteps
    environments: Sequence[str]
    continuous: Continuous = Continuous.DELIVERY
    python: str = "3.11"
    node: str = "22"

    @property
    def production(self) -> str:
        """The last environment."""
        return self.environments[-1]

    def before(self, environment: str) -> str:
        """The job before that of an environment."""
        index = self.environments.index(environment)
        return self.environments[index - 1] if index else "report"

    def assembly(self, environment: str) -> str:
        """The folder of an environment's templates."""
        return f"cdk.out/assembly-{environment}"

    def tests(self) -> Sequence[Sequence[str]]:
        """The job without credentials."""
        return [each for each in (self.steps.install, self.steps.test) if each]

    def reviews(self) -> Sequence[Sequence[str]]:
        """The change report of production and what the policy pack says, from templates that are made first."""
        steps = self.steps
        return [each for each in (steps.install, steps.synth, steps.security, steps.report) if each]

    def deploys(self) -> Sequence[Sequence[str]]:
        """What comes before a smoke test, and is done again with the revision before to take a change back."""
        return [each for each in (self.steps.install, self.steps.synth, self.steps.deploy) if each]

    def proves(self, environment: str) -> Sequence[Sequence[str]]:
        """What follows a deployment."""
        load = () if environment == self.production else self.steps.load
        return [each for each in (self.steps.smoke, load) if each]
