"""A labeling job of Ground Truth, defined once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from aws_cdk import Annotations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, in_range, one_of, reject, within
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.jobs.job_definition import JobDefinition, without_empty
from sagemaker_constructs.labeling.built_in_tasks import CLOSED, algorithm_arn, labeling_regions
from sagemaker_constructs.labeling.custom_task import CustomTask
from sagemaker_constructs.labeling.ground_truth.labeling_pace import LabelingPace
from sagemaker_constructs.labeling.ground_truth.labeling_stream import LabelingStream
from sagemaker_constructs.labeling.labeling_budget import LabelingBudget
from sagemaker_constructs.labeling.labeling_files import LabelingFiles
from sagemaker_constructs.labeling.labeling_input import LabelingInput
from sagemaker_constructs.labeling.labeling_task import LabelingTask, attribute_problem
from sagemaker_constructs.labeling.work_team import WorkTeamBase
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_write_objects,
    key_arn,
    let_browsers_read,
)
from sagemaker_constructs.storage.volume_encryption import grant_volumes

_AUTOMATED = ("TrainingJobs", "TransformJobs")


class LabelingDefinition(JobDefinition):
    """What people of a ``team`` label, for accounts that used Ground Truth before it was closed to new customers.

    Each object of ``input`` is shown to ``workers_per_object`` people, 1 to 9, who answer ``task``. Their answers
    become one label in the augmented manifest below ``output_prefix`` of ``output``: the attribute ``attribute``,
    by default ``label``, or ``label-ref`` where labels are objects of S3. ``automated`` lets AWS's model label what
    it is sure of, for classes, boxes and masks; AWS advises at least 5,000 objects. The model is trained and asked by
    jobs that run as the same role, and whose volumes are encrypted with the same key.

    With ``stream``, the job runs until somebody stops it, or nothing comes for 10 days, and people are asked about
    each object of which a topic tells. Objects are read below the prefix of ``input``; a manifest has those that are
    labeled first.

    ``budget`` limits objects and cost; ``pace`` how long people have. Output is encrypted with ``encryption_key``
    (default: the stack's own ``EncryptionKey``). ``role`` defaults to a new one that reads ``input``, writes
    ``output`` and calls the functions of a ``CustomTask``. For images, a bucket of
    the same app gets a CORS rule; any other has to have one.

    Provisions: a ``Custom::SageMakerLabelingFiles`` with a function, and an ``AWS::IAM::Role`` unless ``role`` is
    given. Nothing that runs.
    Warns as ``sagemaker-constructs:closed-service``, and says as ``sagemaker-constructs:labeling-cost`` what the
    labels cost at most.
    Raises ``InvalidInput`` for a region without AWS's functions, for costs above the budget, for pages that are no
    HTML, and what AWS's rules refuse.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateLabelingJob.html
    """

    kind: ClassVar[str] = "LabelingJob"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        task: LabelingTask,
        input: LabelingInput,
        output: s3.IBucket,
        team: WorkTeamBase,
        output_prefix: str = "labels",
        attribute: str | None = None,
        workers_per_object: int = 1,
        automated: bool = False,
        stream: LabelingStream | None = None,
        pace: LabelingPace | None = None,
        budget: LabelingBudget | None = None,
        encryption_key: kms.IKey | None = None,
        role: iam.IRole | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.task: LabelingTask = task
        self.input: LabelingInput = input
        self.output: s3.IBucket = output
        self.stream: LabelingStream | None = stream
        self.output_prefix: str = output_prefix.strip("/")
        self.attribute: str = attribute or ("label-ref" if task.reference else "label")
        spent, given_pace = budget or LabelingBudget(), pace or LabelingPace()
        human: dict[str, Any] = {
            "WorkteamArn": team.arn,
            "TaskTitle": task.title,
            "TaskDescription": task.description or task.title,
            "TaskKeywords": list(task.keywords),
            "NumberOfHumanWorkersPerDataObject": workers_per_object,
            **given_pace.request(),
        }
        reject(
            self,
            [
                *within("task", task.problems(workers_per_object)),
                *within("input", input.problems()),
                *within("budget", spent.problems(workers_per_object)),
                *within("pace", given_pace.problems()),
                in_range("workers_per_object", workers_per_object, 1, 9),
                attribute_problem("attribute", self.attribute),
                *self._region_problems(automated),
                *self._stream_problems(automated, budget),
            ],
        )
        functions = self._functions()
        # Functions of one's own have names that only the deployment decides, and no rule asks for them.
        self._judge({**human, **functions} if task.built_in else human)
        human |= functions
        key = encryption_key or EncryptionKey.of(self)
        page = task.shown
        files = LabelingFiles(
            self,
            "Files",
            input=input,
            bucket=output,
            prefix=f"{self.output_prefix}/{self.name_prefix}/inputs",
            most_objects=spent.most_objects,
            categories=task.labels,
            page=page.html if page else None,
            audits=task.audits,
            instructions=task.worker_instructions,
            lists=stream is None or input.manifest is not None,
        )
        built_in = task.built_in
        if built_in is None or not built_in.of_texts:
            let_browsers_read(input.bucket)
        algorithm = built_in.algorithm if built_in and automated else ""
        self.volume_key: kms.IKey | None = key if algorithm else None
        own_page = built_in.page(self.location.region) if built_in and built_in.ui else None
        human["UiConfig"] = {"HumanTaskUiArn": own_page} if own_page else {"UiTemplateS3Uri": files.page_url}
        self._execution_role = ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Runs the labeling job {self.path}",
            log_groups=[f"/aws/sagemaker/{kind}" for kind in ("LabelingJobs", *(_AUTOMATED if algorithm else ()))],
            grants=self._grants(key),
        )
        self._handed_on = self._execution_role.allow(self, "HandOnPolicy", self._hand_on_grants())
        self.request: Mapping[str, object] = without_empty(
            {
                "LabelAttributeName": self.attribute,
                "InputConfig": {"DataSource": self._source(files.manifest_url)},
                "OutputConfig": {
                    "S3OutputPath": bucket_facts(output).url(f"{self.output_prefix}/"),
                    "KmsKeyId": key_arn(key),
                    **({"SnsTopicArn": stream.labels.topic_arn} if stream and stream.labels else {}),
                },
                "RoleArn": self._execution_role.arn,
                "LabelCategoryConfigS3Uri": files.categories_url,
                "LabelingJobAlgorithmsConfig": {
                    "LabelingJobAlgorithmSpecificationArn": algorithm_arn(algorithm, self.location.region),
                    "LabelingJobResourceConfig": {"VolumeKmsKeyId": key_arn(key)},
                }
                if algorithm
                else None,
                "HumanTaskConfig": without_empty(human),
                "Tags": [{"Key": name, "Value": value} for name, value in (tags or {}).items()],
            }
        )
        notes = Annotations.of(self)
        notes.add_warning_v2("sagemaker-constructs:closed-service", f"{self.path}: {CLOSED}")
        cost = spent.usd(workers_per_object)
        if cost is not None:
            words = f"{self.path}: {spent.most_objects:,} objects for {workers_per_object} workers cost at most"
            notes.add_info_v2("sagemaker-constructs:labeling-cost", f"{words} {cost:,.2f} USD")

    @property
    def execution_role(self) -> ExecutionRoleBase:
        """What the job runs as."""
        return self._execution_role

    @property
    def ready(self) -> Sequence[IDependable]:
        """What a run has to wait for."""
        return [*super().ready, *self._handed_on]

    def manifest_key(self, job_name: str) -> str:
        """Where in ``output`` the augmented manifest of a job is."""
        return f"{self.output_prefix}/{job_name}/manifests/output/output.manifest"

    def _source(self, manifest_url: str) -> dict[str, object]:
        """Where objects come from: a manifest, a topic, or both."""
        listed: dict[str, object] = {"S3DataSource": {"ManifestS3Uri": manifest_url}}
        if self.stream is None:
            return listed
        told = {"SnsDataSource": {"SnsTopicArn": self.stream.arrivals.topic_arn}}
        return {**told, **(listed if self.input.manifest else {})}

    def _functions(self) -> dict[str, object]:
        """What is before and after the work of people."""
        task, region = self.task.built_in, self.location.region
        if task:
            before, after = task.function("PRE", region), task.function("ACS", region)
        else:
            own = self.task.kind
            assert isinstance(own, CustomTask)
            before = own.before.function_arn if own.before else ""
            after = own.after.function_arn if own.after else ""
        return {
            **({"PreHumanTaskLambdaArn": before} if before else {}),
            **({"AnnotationConsolidationConfig": {"AnnotationConsolidationLambdaArn": after}} if after else {}),
        }

    def _judge(self, human: Mapping[str, object]) -> None:
        names = {
            "LabelAttributeName": "attribute",
            "HumanTaskConfig.TaskTimeLimitInSeconds": "pace.time_limit",
            "HumanTaskConfig.WorkteamArn": "team",
            "HumanTaskConfig": "",
        }
        request = {"label_attribute_name": self.attribute, "human_task_config": human}
        reject(self, rule_problems("CreateLabelingJob", request, names=names))

    def _region_problems(self, automated: bool) -> Iterator[Problem | None]:
        task, region = self.task.built_in, self.location.region
        if task and is_token(region):
            words = "needs a stack with a concrete region for AWS's functions, got: one known at deployment"
            yield Problem("task.kind", words)
        elif task:
            yield one_of("env.region", region, labeling_regions())
        if automated and not (task and task.algorithm):
            named = task.name if task else "a custom task"
            yield Problem("automated", f"is for classes, boxes and masks, got: {named}")

    def _stream_problems(self, automated: bool, budget: LabelingBudget | None) -> Iterator[Problem | None]:
        if self.stream is None:
            return
        if automated:
            yield Problem("automated", "is not available in a streaming job, got: both")
        if budget and not self.input.manifest:
            yield Problem("budget", "is for objects that are known beforehand, and a topic tells of them, got: both")
        if self.input.suffixes:
            yield Problem("input.suffixes", "is for objects that are listed, and a topic tells of them, got: both")

    def _grants(self, key: kms.IKey) -> Grants:
        grants = Grants()
        self.input.grant_read(grants)
        grant_read_objects(self.output, grants, f"{self.output_prefix}/*")
        grant_write_objects(self.output, grants, f"{self.output_prefix}/*")
        grants.allow("kms:Decrypt", "kms:GenerateDataKey", on=key_arn(key))
        if self.volume_key:
            grant_volumes(self.volume_key, grants)
        if self.stream:
            self.stream.grant_follow(grants, self.location.arn("sqs", "GroundTruth-*"))
        own = self.task.kind
        called = (
            [each.function_arn for each in (own.before, own.after) if each] if isinstance(own, CustomTask) else []
        )
        if called:
            grants.allow("lambda:InvokeFunction", on=called)
        return grants

    def _hand_on_grants(self) -> Grants:
        """What automated labeling passes to the trainings and transforms that it starts: the job's own role.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-security-permission-execution-role.html
        """
        grants = Grants()
        if self.volume_key:
            grants.allow(
                "iam:PassRole",
                on=self._execution_role.arn,
                when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            )
        return grants
