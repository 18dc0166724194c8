"""Executions end before their pipeline is deleted."""

from aws_cdk import CfnResource
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct, depend, singleton
from sagemaker_constructs.core.library_function import LibraryFunction


class PipelineEnd(BaseConstruct):
    """Stops what runs of ``pipeline`` before CloudFormation deletes it: SageMaker deletes none that has executions.

    Steps that wait for a callback are answered with a failure, as an execution waits for them though it is stopped;
    ``callbacks`` says whether there are any. Waits for 13 minutes; then deleting fails with the names of what still
    runs, and may be asked for again.

    Provisions: a ``Custom::SageMakerPipelineEnd``, and once in a stack a function with role and logs.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeletePipeline.html
    """

    def __init__(self, scope: Construct, id: str, *, pipeline: CfnResource, arn: str, callbacks: bool) -> None:
        super().__init__(scope, id)
        function = singleton(self, "SageMakerPipelineEnds", _make_function)
        grants = Grants()
        executions = f"{arn}/execution/*"
        grants.allow("sagemaker:ListPipelineExecutions", on=arn)
        grants.allow(
            "sagemaker:StopPipelineExecution",
            "sagemaker:ListPipelineExecutionSteps",
            on=executions,
            because="Executions have identifiers that AWS chooses.",
        )
        if callbacks:
            grants.allow(
                "sagemaker:SendPipelineExecutionStepFailure",
                on="*",
                because="The call names a token, and no resource.",
            )
        function.allow(grants)
        self.resource: CfnResource = CfnResource(
            self,
            "Resource",
            type="Custom::SageMakerPipelineEnd",
            properties={"ServiceToken": function.arn, "PipelineName": pipeline.ref},
        )
        # It is deleted first, as it refers to the pipeline.
        depend(self.resource, pipeline)


def _make_function(scope: Construct, id: str) -> LibraryFunction:
    return LibraryFunction(
        scope,
        id,
        code="pipeline_end",
        handler="handler.handler",
        description="Stops the executions of pipelines that are deleted",
        timeout_seconds=900,
        holds="It stops executions of pipelines of its own stack, and holds no data.",
        grows=True,
    )
