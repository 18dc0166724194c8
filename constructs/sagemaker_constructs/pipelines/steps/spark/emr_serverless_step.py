"""A job of EMR Serverless as a step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Unpack

from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.definition_step import Text
from sagemaker_constructs.pipelines.steps.step import JobStepOptions, Step

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import EMRServerlessResult


class EMRServerlessStep(Step):
    """Runs ``job``, the StartJobRun request of EMR Serverless, as the role ``role_arn``.

    It runs in the application ``application_id``, or in one that it makes: ``application`` is the CreateApplication
    request. Members are called as EMR Serverless calls them, such as ``jobDriver``.

    See https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_StartJobRun.html
    """

    type: ClassVar[str] = "EMRServerless"

    def __init__(
        self,
        name: str,
        job: Mapping[str, object],
        *,
        role_arn: Text,
        application_id: Text | None = None,
        application: Mapping[str, object] | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, options)
        # The service reads role and application from both places.
        named = {
            "executionRoleArn": role_arn,
            **({} if application_id is None else {"applicationId": application_id}),
        }
        given = {
            "ExecutionRoleArn": role_arn,
            "JobConfig": {**named, **job},
            "ApplicationId": application_id,
            "ApplicationConfig": application,
        }
        self._given = {member: value for member, value in given.items() if value is not None}
        self.properties: EMRServerlessResult = result_of_step("EMRServerless", name)

    def arguments(self) -> Mapping[str, object]:
        """What runs, and where."""
        return self._given
