"""Searches for better hyperparameters, once per change of what it searches."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from sagemaker_constructs.training.tuning.search_strategy import SearchStrategy
from sagemaker_constructs.training.tuning.tuned_algorithm import TunedAlgorithm
from sagemaker_constructs.training.tuning.tuning_definition import TuningDefinition
from sagemaker_constructs.training.tuning.tuning_job import TuningJob
from stacks.training.trained_model import TrainedModel
from stacks.training.tuning.settings import TuningSettings


class TuningStack(Stack):
    """A tuning job over the platform's training."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: TuningSettings,
        trained: TrainedModel,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Searches for better hyperparameters")
        ranges = {each.name: each.option() for each in settings.ranges}
        definition = TuningDefinition(
            self,
            "Definition",
            algorithms=TunedAlgorithm(trained.definition, settings.goal(), ranges),
            strategy=SearchStrategy(settings.strategy),
            maximum_jobs=None if settings.strategy == "Grid" else settings.maximum_jobs,
            parallel_jobs=settings.parallel_jobs,
        )
        job = TuningJob(self, "Tuning", definition=definition)
        CfnOutput(self, "TuningJobName", value=job.job_name)
        CfnOutput(self, "BestTrainingJobName", value=job.best_training_job_name)
