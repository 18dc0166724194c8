"""A name for the version of a pipeline that is deployed."""

from aws_cdk import CfnResource
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct, singleton
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.problems import matches, reject
from sagemaker_constructs.pipelines.pipeline import PipelineBase


class PipelineVersionAlias(BaseConstruct):
    """``alias`` names the version of ``pipeline`` that was deployed last; a rollback takes it along.

    SageMaker makes a version of each definition that a pipeline gets. Whoever starts it with
    ``PipelineVersionAlias`` runs what the alias names, also while a newer version is tried out by its number. Of a
    moment's length no version has the alias when it moves, and a start with it is refused: SageMaker requires that it
    is taken from one version before another gets it.

    Provisions: a ``Custom::SageMakerPipelineVersionAlias``, and once in a stack a function with role and logs.
    Raises ``InvalidInput`` for an alias that is not 1 to 128 letters, digits, points, hyphens and underscores.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdatePipelineVersion.html
    """

    def __init__(self, scope: Construct, id: str, *, pipeline: PipelineBase, alias: str) -> None:
        super().__init__(scope, id)
        allowed = "1 to 128 letters, digits, points, hyphens and underscores"
        reject(self, [matches("alias", alias, r"[a-zA-Z0-9._\-]{1,128}", allowed)])
        function = singleton(self, "SageMakerPipelineVersionAliases", _make_function)
        grants = Grants()
        grants.allow("sagemaker:ListPipelineVersions", "sagemaker:UpdatePipelineVersion", on=pipeline.arn)
        function.allow(grants)
        self.alias: str = alias
        self.resource: CfnResource = CfnResource(
            self,
            "Resource",
            type="Custom::SageMakerPipelineVersionAlias",
            properties={
                "ServiceToken": function.arn,
                "PipelineName": pipeline.pipeline_name,
                "Alias": alias,
                # CloudFormation asks again when what a version is made of has changed.
                "Version": pipeline.version,
            },
        )


def _make_function(scope: Construct, id: str) -> LibraryFunction:
    return LibraryFunction(
        scope,
        id,
        code="pipeline_alias",
        handler="handler.handler",
        description="Lets aliases name the newest versions of pipelines",
        timeout_seconds=120,
        holds="It changes aliases of pipelines that refer to it, and holds no data.",
        grows=True,
    )
