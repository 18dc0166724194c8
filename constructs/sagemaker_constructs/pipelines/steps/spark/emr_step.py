"""A step of an EMR cluster as a step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Unpack

from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.definition_step import Text
from sagemaker_constructs.pipelines.steps.step import JobStepOptions, Step

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import EMRResult


class EMRStep(Step):
    """Runs ``jar``, EMR's HadoopJarStep, on the cluster ``cluster_id``, or on one that it makes and terminates.

    ``cluster`` is the RunJobFlow request of a new one, without name and steps. ``role_arn`` is what the step runs as
    on a running cluster.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "EMR"

    def __init__(
        self,
        name: str,
        jar: Mapping[str, object],
        *,
        cluster_id: Text | None = None,
        cluster: Mapping[str, object] | None = None,
        role_arn: Text | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, options)
        given = {
            "StepConfig": {"HadoopJarStep": jar},
            "ClusterId": cluster_id,
            "ClusterConfig": cluster,
            "ExecutionRoleArn": role_arn,
        }
        self._given = {member: value for member, value in given.items() if value is not None}
        self.properties: EMRResult = result_of_step("EMR", name)

    def arguments(self) -> Mapping[str, object]:
        """What runs, and where."""
        return self._given
