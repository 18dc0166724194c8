"""Searches the best model of a table, and registers it."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.pipelines import AutoMLStep, ModelCard, Pipeline, RegisterModelStep, TrainingStep
from sagemaker_constructs.training.automl.auto_ml_definition import AutoMLDefinition
from sagemaker_constructs.training.automl.auto_ml_input import AutoMLInput
from sagemaker_constructs.training.automl.auto_tabular_definition import AutoTabularDefinition
from sagemaker_constructs.training.automl.problems.tabular_problem import TabularKind, TabularProblem
from sagemaker_constructs.training.training_input import TrainingInput
from stacks.foundation.stack import FoundationStack
from stacks.training.automl.settings import AutomlSettings, Kind
from stacks.training.trained_model import PREFIX, TrainedModel

_MEDIA_TYPES = ("text/csv", "application/json", "application/jsonlines")
_PREFIX = f"{PREFIX}/automl"
_KINDS: Mapping[Kind, TabularKind] = {
    "binary": "BinaryClassification",
    "multiclass": "MulticlassClassification",
    "regression": "Regression",
}
_METRICS = {
    "auc": "AUC",
    "accuracy": "Accuracy",
    "f1": "F1",
    "f1macro": "F1macro",
    "r2": "R2",
    "rmse": "RMSE",
    "mse": "MSE",
    "mae": "MAE",
}
"""Autopilot's names."""


class AutomlStack(Stack):
    """A pipeline of two steps: the search, and a version of its winner that waits for approval."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: AutomlSettings,
        foundation: FoundationStack,
        trained: TrainedModel,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Searches the best model of a table")
        group = ssm.StringParameter.value_for_string_parameter(self, trained.approved.group_parameter)
        if settings.engine == "open":
            steps = self._open(settings, foundation, trained, group)
        else:
            steps = self._autopilot(settings, foundation, trained, group)
        pipeline = Pipeline(self, "Pipeline", steps=steps)
        CfnOutput(self, "AutomlPipelineName", value=pipeline.pipeline_name)
        CfnOutput(self, "AutomlRowsPrefix", value=settings.data)

    def _open(
        self, settings: AutomlSettings, foundation: FoundationStack, trained: TrainedModel, group: str
    ) -> list[TrainingStep | RegisterModelStep]:
        definition = AutoTabularDefinition(
            self,
            "Search",
            image=trained.image,
            train=TrainingInput(foundation.data, settings.data),
            label=settings.label,
            objective=settings.kind,
            metric=settings.metric,
            max_candidates=settings.maximum_candidates,
            max_runtime=minutes(settings.maximum_minutes),
            output=foundation.artifacts,
            output_prefix=_PREFIX,
            encryption_key=foundation.key,
            instance_type=trained.instance_type,
            placement=foundation.placement,
        )
        search = TrainingStep("Search", definition)
        artifact = search.properties.ModelArtifacts.S3ModelArtifacts
        card = ModelCard(
            f"Predicts {settings.label} for rows such as those in the folder {settings.data}",
            training_job=search.properties.TrainingJobArn,
        )
        register = RegisterModelStep(
            "Register",
            group,
            trained.model(self, "Model"),
            artifact=artifact,
            content_types=_MEDIA_TYPES,
            response_types=_MEDIA_TYPES,
            card=card,
        )
        return [search, register]

    def _autopilot(
        self, settings: AutomlSettings, foundation: FoundationStack, trained: TrainedModel, group: str
    ) -> list[AutoMLStep | RegisterModelStep]:
        problem = TabularProblem(
            settings.label,
            _KINDS[settings.kind] if settings.kind else None,
            _METRICS[settings.metric] if settings.metric else None,
        )
        definition = AutoMLDefinition(
            self,
            "Search",
            problem=problem,
            data=AutoMLInput(foundation.data, settings.data),
            max_candidates=settings.maximum_candidates,
            max_runtime=minutes(settings.maximum_minutes),
            output=foundation.artifacts,
            output_prefix=_PREFIX,
            encryption_key=foundation.key,
            placement=foundation.placement,
        )
        search = AutoMLStep("Search", definition)
        register = RegisterModelStep(
            "Register",
            group,
            trained.model(self, "Model"),
            changes={"InferenceSpecification": {"Containers": [search.best_container()]}},
        )
        return [search, register]
