"""Labels of people, by whichever engine."""

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.problems import Problem, one_of, reject
from sagemaker_constructs.labeling.ground_truth.labeling_definition import LabelingDefinition
from sagemaker_constructs.labeling.ground_truth.labeling_job import LabelingJob
from sagemaker_constructs.labeling.ground_truth.labeling_stream import LabelingStream
from sagemaker_constructs.labeling.label_studio_project import LabelStudioProject
from sagemaker_constructs.labeling.labeling_budget import LabelingBudget
from sagemaker_constructs.labeling.labeling_input import LabelingInput
from sagemaker_constructs.labeling.labeling_task import LabelingTask
from sagemaker_constructs.labeling.work_team import WorkTeamBase
from sagemaker_constructs.training.training_input import TrainingInput

Engine = Literal["open", "ground_truth"]


class Labeling(BaseConstruct):
    """Objects of ``input`` that people label: one manifest in, one augmented manifest out, whichever ``engine``.

    ``open`` is a ``LabelStudioProject``, as ``project``, for a Label Studio of yours: give it to a
    ``LabelStudioServer``. ``ground_truth`` is a ``LabelingJob`` for the people of ``team``, as ``job``, which reports
    to parameters below ``parameter_name``, for accounts that used Ground Truth before it was closed to new customers.
    ``attribute`` is by default ``label``, or ``label-ref`` where labels are objects of S3. Whoever needs an option
    that only one of both has uses its class.

    Raises ``InvalidInput`` for what an engine lacks: Label Studio has no work teams and no jobs, and labels classes,
    boxes and entities; Ground Truth has no people without a team.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/augmented-manifest.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        task: LabelingTask,
        input: LabelingInput,
        output: s3.IBucket,
        engine: Engine = "open",
        output_prefix: str = "labels",
        attribute: str | None = None,
        people_per_object: int = 1,
        budget: LabelingBudget | None = None,
        stream: LabelingStream | None = None,
        team: WorkTeamBase | None = None,
        parameter_name: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        reject(self, _engine_problems(engine, team, parameter_name, stream))
        self.project: LabelStudioProject | None = None
        """What people label in Label Studio; None for Ground Truth."""
        self.job: LabelingJob | None = None
        """What they label in Ground Truth; None for Label Studio."""
        if team is None or parameter_name is None:
            self.project = LabelStudioProject(
                self,
                "Project",
                task=task,
                input=input,
                output=output,
                output_prefix=output_prefix,
                attribute=attribute or "label",
                people_per_object=people_per_object,
                budget=budget,
            )
            return
        definition = LabelingDefinition(
            self,
            "Definition",
            task=task,
            input=input,
            output=output,
            team=team,
            output_prefix=output_prefix,
            attribute=attribute,
            workers_per_object=people_per_object,
            budget=budget,
            stream=stream,
        )
        self.job = LabelingJob(self, "Job", definition=definition, parameter_name=parameter_name)

    def training_input(self, scope: Construct, attributes: Sequence[str] = ()) -> TrainingInput:
        """What was labeled as a channel, for a training in the stack of ``scope``.

        ``attributes`` are streamed in their order, by default each object and its label. Of Ground Truth, that stack
        is another one, and is deployed when people are done; of Label Studio, the labels are those of that moment.

        Raises ``InvalidInput`` where objects and labels are in different buckets, and for the own stack of a job.
        """
        made = self.project or self.job
        assert made is not None
        return made.training_input(scope, attributes)


def _engine_problems(
    engine: Engine, team: WorkTeamBase | None, parameter_name: str | None, stream: LabelingStream | None
) -> Iterator[Problem | None]:
    yield one_of("engine", engine, get_args(Engine))
    if engine == "open" and stream:
        words = "is for ground_truth: a LabelStudioProject follows what arrives in its bucket, got: one"
        yield Problem("stream", words)
    for path, given in (("team", team), ("parameter_name", parameter_name)):
        if engine == "open" and given is not None:
            yield Problem(path, "is for ground_truth: Label Studio has neither work teams nor jobs, got: one")
        if engine == "ground_truth" and given is None:
            yield Problem(
                path, "is needed for ground_truth, whose jobs have a team and report to parameters, got: none"
            )
