"""The pipeline from rows to a version in the registry."""

from collections.abc import Sequence

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.observability.alarms import Alarms
from sagemaker_constructs.pipelines import (
    Cache,
    ConditionStep,
    FailStep,
    FloatParameter,
    ModelCard,
    Pipeline,
    PipelineTriggers,
    ProcessingStep,
    PropertyFile,
    RegisterModelStep,
    StringParameter,
    Trigger,
    TuningStep,
    join,
)
from sagemaker_constructs.pipelines.references.expression import Expression
from sagemaker_constructs.pipelines.steps.definition_step import Text
from sagemaker_constructs.training.training_definition import TrainingDefinition
from sagemaker_constructs.training.training_input import TrainingInput
from sagemaker_constructs.training.tuning.objective import Objective
from sagemaker_constructs.training.tuning.tuned_algorithm import TunedAlgorithm
from sagemaker_constructs.training.tuning.tuning_definition import TuningDefinition
from stacks.foundation.stack import FoundationStack
from stacks.training.pipeline.settings import DATA_VERSION, TrainingPipelineSettings, TrainingTriggersSettings
from stacks.training.stack import METRICS
from stacks.training.trained_model import PREFIX, TrainedModel

_AUC = "binary_classification_metrics.auc.value"
_MEDIA_TYPES = ("text/csv", "application/json", "application/jsonlines")
_SPLIT = ("train", "validation")


class TrainingPipelineStack(Stack):
    """Prepare, search, evaluate; register what is good enough, and fail with the reason otherwise."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: TrainingPipelineSettings,
        foundation: FoundationStack,
        trained: TrainedModel,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Trains, judges and registers models")
        minimum = FloatParameter("MinimumAuc", settings.minimum_auc)
        version = StringParameter(DATA_VERSION, "unversioned")
        cache = Cache(days=settings.cache_days)
        # Without triggers, whoever starts it also decides when what is cached has had its time.
        told = {"DATA_VERSION": version} if settings.triggers else None
        preparation = self._preparation(settings, foundation, trained)
        prepare = ProcessingStep("Prepare", preparation, environment=told, cache=cache)
        rows = {name: prepare.output(name) for name in _SPLIT}
        search = TuningStep("Search", self._search(settings, foundation, trained), channels=rows, cache=cache)
        best = search.best_model()
        evaluate = ProcessingStep(
            "Evaluate",
            self._evaluation(foundation, trained),
            inputs={"model": best, "data": prepare.output("validation")},
            property_files=[PropertyFile("Metrics", output="evaluation", path="metrics.json")],
            cache=cache,
        )
        auc = evaluate.property_file("Metrics").at(_AUC)
        register = RegisterModelStep(
            "Register",
            ssm.StringParameter.value_for_string_parameter(self, trained.approved.group_parameter),
            trained.model(self, "Model"),
            artifact=best,
            content_types=_MEDIA_TYPES,
            response_types=_MEDIA_TYPES,
            model_quality=join(evaluate.output("evaluation"), "metrics.json", on="/"),
            card=self._card(settings, search, [*rows.values()], auc),
        )
        weak = FailStep("TooWeak", message=join("The best model has an AUC of ", auc, ", which is below ", minimum))
        good = ConditionStep("GoodEnough", [auc >= minimum], then=[register], otherwise=[weak])
        parameters = [minimum, version] if settings.triggers else [minimum]
        pipeline = Pipeline(self, "Pipeline", parameters=parameters, steps=[prepare, search, evaluate, good])
        if settings.triggers:
            self._start(pipeline, settings.triggers, settings.data, foundation)
        CfnOutput(self, "PipelineName", value=pipeline.pipeline_name)
        CfnOutput(self, "RowsPrefix", value=settings.data)

    def _card(
        self, settings: TrainingPipelineSettings, search: TuningStep, rows: Sequence[Text], auc: Expression
    ) -> ModelCard:
        """What the version says of itself: the search's best training, its rows and its evaluation."""
        best = search.properties.BestTrainingJob
        return ModelCard(
            f"Predicts {settings.label} for rows such as those in the folder {settings.data}",
            training_job=best.TrainingJobArn,
            data=rows,
            hyperparameters={each.name: best.TunedHyperParameters[each.name] for each in settings.ranges},
            evaluations={"validation": {"auc": auc}},
        )

    def _start(
        self, pipeline: Pipeline, settings: TrainingTriggersSettings, folder: str, foundation: FoundationStack
    ) -> None:
        """What starts it by itself, and somebody who is told when that could not be done."""
        triggers: dict[str, Trigger] = {}
        if settings.schedule:
            triggers["schedule"] = settings.schedule.option()
        if settings.new_data:
            triggers["new-data"] = settings.new_data.option(foundation.data, folder)
        starter = PipelineTriggers(
            self,
            "Triggers",
            pipeline=pipeline,
            triggers=triggers,
            maximum_executions=settings.maximum_executions,
        )
        Alarms(self, "Alarms", watched=[starter], topic=foundation.alarms)
        CfnOutput(self, "StarterFunction", value=starter.function_arn)

    def _preparation(
        self, settings: TrainingPipelineSettings, foundation: FoundationStack, trained: TrainedModel
    ) -> ProcessingDefinition:
        return ProcessingDefinition(
            self,
            "Preparation",
            image=trained.image,
            instance_type=trained.instance_type,
            inputs={"data": ProcessingInput(foundation.data, settings.data)},
            outputs={name: _output(foundation.data, name) for name in _SPLIT},
            arguments=["process", "preprocess", "--label", settings.label],
            encryption_key=foundation.key,
            placement=foundation.placement,
        )

    def _search(
        self, settings: TrainingPipelineSettings, foundation: FoundationStack, trained: TrainedModel
    ) -> TuningDefinition:
        training = TrainingDefinition(
            self,
            "Training",
            image=trained.image,
            output=foundation.artifacts,
            output_prefix=PREFIX,
            instance_type=trained.instance_type,
            channels={name: TrainingInput(foundation.data, f"pipeline/{name}") for name in _SPLIT},
            hyperparameters={"label": settings.label, **settings.hyperparameters},
            metric_definitions=METRICS,
            encryption_key=foundation.key,
            placement=foundation.placement,
        )
        ranges = {each.name: each.option() for each in settings.ranges}
        return TuningDefinition(
            self,
            "Search",
            algorithms=TunedAlgorithm(training, Objective.maximize("validation:auc"), ranges),
            maximum_jobs=settings.maximum_jobs,
            parallel_jobs=settings.parallel_jobs,
        )

    def _evaluation(self, foundation: FoundationStack, trained: TrainedModel) -> ProcessingDefinition:
        return ProcessingDefinition(
            self,
            "Evaluation",
            image=trained.image,
            instance_type=trained.instance_type,
            outputs={"evaluation": _output(foundation.data, "evaluation")},
            arguments=["process", "evaluate"],
            encryption_key=foundation.key,
            placement=foundation.placement,
        )


def _output(bucket: s3.IBucket, name: str) -> ProcessingOutput:
    return ProcessingOutput(bucket, f"pipeline/{name}")
