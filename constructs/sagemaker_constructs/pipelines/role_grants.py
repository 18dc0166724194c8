"""What the role of a pipeline may do: derived from the definition, for each type of step and its arguments."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.pipeline_definitions.expressions import (
    entries_of,
    function_of,
    members_of,
    structures_of,
)
from sagemaker_constructs.core.pipeline_definitions.reading import PipelineReading, StepReading
from sagemaker_constructs.core.places import Location
from sagemaker_constructs.storage.volume_encryption import grant_volumes_by

_NAMED_AT_RUN_TIME = "A pipeline names its jobs and models when an execution starts: pipelines-<execution>-<step>-…."
_SHORT_NAME = "A name of at most 32 characters: AWS does not document what those of pipelines begin with."
_MADE_AT_RUN_TIME = "What this makes has an identifier of its own, which AWS chooses."
_JOBS = {
    "Training": ("TrainingJob", "training-job"),
    "Processing": ("ProcessingJob", "processing-job"),
    "QualityCheck": ("ProcessingJob", "processing-job"),
    "ClarifyCheck": ("ProcessingJob", "processing-job"),
    "Transform": ("TransformJob", "transform-job"),
    "Tuning": ("HyperParameterTuningJob", "hyper-parameter-tuning-job"),
    "AutoML": ("AutoMLJob", "automl-job"),
    "Job": ("Job", "job"),
}
_SHORT = ("Tuning", "AutoML", "Job")
_EMR = ("AddJobFlowSteps", "CancelSteps", "DescribeStep", "DescribeCluster", "ListSteps")
_EMR_OF_ITS_OWN = ("RunJobFlow", "TerminateJobFlows")
_EMR_RULES = (
    "SageMakerPipelineExecutionEMRStepStatusUpdateRule",
    "SageMakerPipelineExecutionEMRClusterStatusUpdateRule",
)
_QUEUE = re.compile(r"https://sqs\.([^.]+)\.[^/]+/([^/]+)/([^/]+)")
_URL = re.compile(r"s3://((?:\$\{Token\[[^\]]+\]\}|[^/])+)/?(.*)", re.DOTALL)


class _RoleGrants:
    """Grants for the steps of one definition."""

    def __init__(self, reading: PipelineReading, location: Location, own: frozenset[str]) -> None:
        self.grants = Grants()
        self._reading = reading
        self._location = location
        self._defaults = {f"Parameters.{each.get('Name')}": each.get("DefaultValue") for each in reading.parameters}
        by_kind: Mapping[str, Callable[[StepReading], None]] = {
            "Model": self._model,
            "RegisterModel": self._register,
            "EndpointConfig": self._endpoint_config,
            "Endpoint": self._endpoint,
            "InferenceComponent": self._component,
            "Lambda": self._function,
            "Callback": self._queue,
            "EMR": self._emr,
            "EMRServerless": self._emr_serverless,
            "Lineage": self._lineage,
            "Cleanup": self._cleanup,
        }
        for step in reading.steps:
            if step.kind in _JOBS:
                self._job(step)
            elif step.kind in by_kind:
                by_kind[step.kind](step)
            self._roles_and_keys(step)
            if step.name not in own:
                self._property_files(step)
        if reading.document.get("PipelineExperimentConfig"):
            self._experiment()

    def _arn(self, resource: str, name: str) -> str:
        return self._location.arn("sagemaker", resource, name=name)

    def _known(self, value: object) -> str | None:
        """The text that ``value`` is, or that a parameter is by default; None for what only an execution has."""
        if function_of(value) == "Get":
            value = self._defaults.get(str(members_of(value)["Get"]))
        return value if isinstance(value, str) else None

    def _name(self, value: object) -> str:
        """``value`` as the end of an ARN."""
        return self._known(value) or "*"

    def _job(self, step: StepReading) -> None:
        job, resource = _JOBS[step.kind]
        verbs = [f"sagemaker:{verb}{job}" for verb in ("Create", "Describe", "Stop")]
        if step.kind == "Tuning":
            verbs.append("sagemaker:ListTrainingJobsForHyperParameterTuningJob")
        prefix = self._known(step.arguments.get(step.type.named_by)) if step.type else None
        short = step.kind in _SHORT
        self.grants.allow(
            *verbs,
            "sagemaker:AddTags",
            on=self._arn(resource, f"{prefix}*" if prefix else "*" if short else "pipelines-*"),
            because=_SHORT_NAME if short else _NAMED_AT_RUN_TIME,
        )
        if step.document.get("ModelPackageGroupName"):
            group = self._name(step.document["ModelPackageGroupName"])
            self.grants.allow("sagemaker:ListModelPackages", on=self._arn("model-package-group", group))
            self.grants.allow(
                "sagemaker:DescribeModelPackage",
                on=self._arn("model-package", f"{group}/*"),
                because="Every version of the group may hold the baseline.",
            )

    def _model(self, step: StepReading) -> None:
        prefix = self._known(step.arguments.get("ModelName"))
        self.grants.allow(
            *("sagemaker:CreateModel", "sagemaker:DescribeModel", "sagemaker:AddTags"),
            on=self._arn("model", f"{prefix}*" if prefix else "pipelines-*"),
            because=_NAMED_AT_RUN_TIME,
        )

    def _register(self, step: StepReading) -> None:
        given = self._name(step.arguments.get("ModelPackageGroupName"))
        group = given.rpartition("model-package-group/")[2]
        because = "Versions of the group are numbered when they are registered."
        self.grants.allow(
            *("sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"),
            on=[self._arn("model-package-group", group), self._arn("model-package", f"{group}/*")],
            because=because,
        )

    def _endpoint_config(self, step: StepReading) -> None:
        self.grants.allow(
            *("sagemaker:CreateEndpointConfig", "sagemaker:DescribeEndpointConfig", "sagemaker:AddTags"),
            on=self._arn("endpoint-config", self._name(step.arguments.get("EndpointConfigName"))),
            because=_NAMED_AT_RUN_TIME,
        )

    def _endpoint(self, step: StepReading) -> None:
        config = self._arn("endpoint-config", self._name(step.arguments.get("EndpointConfigName")))
        self.grants.allow(
            *("sagemaker:CreateEndpoint", "sagemaker:DescribeEndpoint", "sagemaker:AddTags"),
            on=[self._arn("endpoint", self._name(step.arguments.get("EndpointName"))), config],
            because=_NAMED_AT_RUN_TIME,
        )

    def _component(self, step: StepReading) -> None:
        endpoint = self._arn("endpoint", self._name(step.arguments.get("EndpointName")))
        component = self._arn("inference-component", self._name(step.arguments.get("InferenceComponentName")))
        self.grants.allow(
            *("sagemaker:CreateInferenceComponent", "sagemaker:DescribeInferenceComponent", "sagemaker:AddTags"),
            on=[component, endpoint],
            because=_NAMED_AT_RUN_TIME,
        )

    def _function(self, step: StepReading) -> None:
        self.grants.allow("lambda:InvokeFunction", on=str(step.document.get("FunctionArn")))

    def _queue(self, step: StepReading) -> None:
        found = _QUEUE.fullmatch(str(step.document.get("SqsQueueUrl")))
        if found:
            region, account, name = found.groups()
            self.grants.allow("sqs:SendMessage", on=f"arn:{self._location.partition}:sqs:{region}:{account}:{name}")

    def _emr(self, step: StepReading) -> None:
        made = members_of(step.arguments.get("ClusterConfig"))
        cluster = self._name(step.arguments.get("ClusterId"))
        self.grants.allow(
            *(f"elasticmapreduce:{verb}" for verb in (*_EMR, *(_EMR_OF_ITS_OWN if made else ()))),
            on=self._location.arn("elasticmapreduce", "cluster", name=cluster),
            because=_MADE_AT_RUN_TIME,
        )
        rules = [self._location.arn("events", "rule", name=name) for name in _EMR_RULES]
        self.grants.allow("events:PutTargets", "events:PutRule", "events:DescribeRule", on=rules)
        for member, service in (("ServiceRole", "elasticmapreduce"), ("JobFlowRole", "ec2")):
            if name := self._known(made.get(member)):
                arn = f"arn:{self._location.partition}:iam::{self._location.account}:role/{name}"
                self._pass(name if name.startswith("arn:") else arn, f"{service}.amazonaws.com")

    def _emr_serverless(self, step: StepReading) -> None:
        made = step.arguments.get("ApplicationConfig")
        application = f"/applications/{self._name(step.arguments.get('ApplicationId'))}"
        prefix = f"arn:{self._location.partition}:emr-serverless:{self._location.region}:{self._location.account}:"
        self.grants.allow(
            *("emr-serverless:StartJobRun", "emr-serverless:GetApplication", "emr-serverless:StartApplication"),
            on=f"{prefix}{application}",
            because=_MADE_AT_RUN_TIME,
        )
        self.grants.allow(
            *("emr-serverless:GetJobRun", "emr-serverless:CancelJobRun", "emr-serverless:TagResource"),
            on=f"{prefix}{application}/jobruns/*",
            because=_MADE_AT_RUN_TIME,
        )
        if made:
            self.grants.allow(
                *("emr-serverless:CreateApplication", "emr-serverless:TagResource"),
                *("emr-serverless:StopApplication", "emr-serverless:DeleteApplication"),
                on=f"{prefix}/*",
                because=_MADE_AT_RUN_TIME,
            )

    def _lineage(self, step: StepReading) -> None:
        kinds = (("Actions", "Action"), ("Artifacts", "Artifact"), ("Contexts", "Context"))
        made = [kind for member, kind in kinds if step.arguments.get(member)]
        on = [self._arn(kind, "*") for kind in ("action", "artifact", "context")]
        more = ["sagemaker:AddAssociation"] if step.arguments.get("Associations") else []
        verbs = [*(f"sagemaker:Create{kind}" for kind in made), *more, "sagemaker:AddTags"]
        self.grants.allow(*verbs, on=on, because=_MADE_AT_RUN_TIME)

    def _cleanup(self, step: StepReading) -> None:
        for each in structures_of(members_of(step.arguments.get("Resources")).get("S3")):
            source = self._reading.by_name.get(str(each.get("StepName")))
            for url in _written_by(source) if source else ():
                self._objects("s3:DeleteObject", url, "A step names its outputs when it runs.")

    def _property_files(self, step: StepReading) -> None:
        config = members_of(step.arguments.get("ProcessingOutputConfig"))
        read = {each.get("OutputName") for each in step.property_files}
        for output in structures_of(config.get("Outputs")):
            if output.get("OutputName") in read:
                self._objects(
                    "s3:GetObject", members_of(output.get("S3Output")).get("S3Uri"), "Outputs are named at run time."
                )
        key = self._known(config.get("KmsKeyId"))
        if read and key and ("arn:" in key or "${" in key):
            self.grants.allow("kms:Decrypt", on=key)

    def _objects(self, action: str, url: object, because: str) -> None:
        """Allow ``action`` below an S3 URL, or below what a ``Std:Join`` begins with."""
        if function_of(url) == "Std:Join":
            url = next(iter(entries_of(members_of(members_of(url)["Std:Join"]).get("Values"))), None)
        found = _URL.fullmatch(self._known(url) or "")
        if found:
            prefix = f"{found[2].strip('/')}/*".lstrip("/")
            self.grants.allow(action, on=f"arn:{self._location.partition}:s3:::{found[1]}/{prefix}", because=because)

    def _roles_and_keys(self, step: StepReading) -> None:
        service = "emr-serverless.amazonaws.com" if step.kind == "EMRServerless" else "sagemaker.amazonaws.com"
        inside = {name: value for name, value in step.arguments.items() if name not in ("IfSteps", "ElseSteps")}
        if step.kind in ("Condition", "ForEach", "EMR"):
            return
        for member, value in _named_values(inside):
            text = self._known(value)
            if text and member in ("RoleArn", "ExecutionRoleArn", "executionRoleArn"):
                self._pass(text, service)
            elif text and member == "VolumeKmsKeyId" and ("arn:" in text or "${" in text):
                grant_volumes_by(text, self.grants)
            elif text and member == "VolumeKmsKeyId":
                grant_volumes_by(self._location.arn("kms", "key", name=text), self.grants)

    def _pass(self, role: str, service: str) -> None:
        self.grants.allow("iam:PassRole", on=role, when={"StringEquals": {"iam:PassedToService": service}})

    def _experiment(self) -> None:
        made = ("Experiment", "Trial", "TrialComponent")
        self.grants.allow(
            *(f"sagemaker:{verb}{kind}" for verb in ("Create", "Describe") for kind in made),
            *("sagemaker:AssociateTrialComponent", "sagemaker:AddTags"),
            on=[self._arn(kind, "*") for kind in ("experiment", "experiment-trial", "experiment-trial-component")],
            because="Experiments, trials and their components are named by executions.",
        )


def _named_values(value: object) -> Iterator[tuple[str, object]]:
    """Each member within ``value`` that is no structure, with its name."""
    for name, item in members_of(value).items():
        if function_of(item) or not isinstance(item, Mapping | list):
            yield name, item
        else:
            yield from _named_values(item)  # pyright: ignore[reportUnknownArgumentType]
    for item in entries_of(value):
        yield from _named_values(item)


def _written_by(step: StepReading) -> Iterator[Any]:
    """The S3 URLs below which a job writes."""
    yield members_of(step.arguments.get("OutputDataConfig")).get("S3OutputPath")
    yield members_of(step.arguments.get("TransformOutput")).get("S3OutputPath")
    outputs = members_of(step.arguments.get("ProcessingOutputConfig")).get("Outputs")
    for output in structures_of(outputs):
        yield members_of(output.get("S3Output")).get("S3Uri")


def grants_of(reading: PipelineReading, location: Location, own: frozenset[str] = frozenset()) -> Grants:
    """What the role of this pipeline needs, on the resources that its steps name.

    Steps called ``own`` add the right to read their property files themselves.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html
    """
    return _RoleGrants(reading, location, own).grants
