"""A pipeline: steps in order, with parameters and a role."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

from aws_cdk import Annotations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IDependable

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.pipeline_definitions.reading import PipelineReading, read_definition
from sagemaker_constructs.core.problems import Problem, in_range, matches, reject, within
from sagemaker_constructs.core.rules.catalogue import breaches
from sagemaker_constructs.pipelines.body import DefinitionBody
from sagemaker_constructs.pipelines.definition_warnings import cache_warnings, nesting_warnings
from sagemaker_constructs.pipelines.pipeline_end import PipelineEnd
from sagemaker_constructs.pipelines.pipeline_experiment import PipelineExperiment
from sagemaker_constructs.pipelines.references.parameter import Parameter
from sagemaker_constructs.pipelines.report_warnings import report_warnings
from sagemaker_constructs.pipelines.role_grants import grants_of
from sagemaker_constructs.pipelines.steps.step import Step
from sagemaker_constructs.pipelines.stored_definition import LONGEST_INLINE, StoredDefinition

_VERSION = "2020-12-01"
_LONGEST_NAME = 100
_LONGEST_DEFINITION = 1_048_576
_WARNINGS = {"cache": cache_warnings, "nesting": nesting_warnings, "report": report_warnings}


class SdkPipeline(Protocol):
    """What is asked of a pipeline of the SageMaker Python SDK."""

    name: Any

    def definition(self) -> str:
        """Its definition, as JSON."""
        ...


class PipelineBase(BaseConstruct):
    """What a pipeline of typed steps and one that was defined elsewhere have in common."""

    pipeline_name: str
    arn: str

    def _deploy(
        self,
        document: Mapping[str, Any],
        *,
        pipeline_name: str | None,
        description: str | None,
        display_name: str | None,
        parallelism: int | None,
        role: iam.IRole | None,
        steps: Sequence[Step] = (),
    ) -> None:
        reading = read_definition(document) or PipelineReading({})
        name = pipeline_name or physical_name(self, _LONGEST_NAME)
        reject(
            self,
            [
                matches(
                    "pipeline_name", name, "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}", "named with letters, digits and -"
                ),
                in_range("parallelism", parallelism, 1, 2**31 - 1) if parallelism is not None else None,
                in_range("description", len(description), 0, 3072, unit="characters") if description else None,
                *_definition_problems(document),
            ],
        )
        for subject, warnings in _WARNINGS.items():
            for warning in dict.fromkeys(warnings(reading)):
                Annotations.of(self).add_warning_v2(f"sagemaker-constructs:{subject}", warning)
        grants = grants_of(reading, self.location, frozenset(step.name for step in steps))
        for step in steps:
            step.allow(grants)
        self.execution_role: ExecutionRoleBase = ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Runs the steps of the pipeline {self.path}",
            log_groups=(),
            grants=grants,
        )
        body = DefinitionBody(document)
        definition = self._definition(body)
        resource = sagemaker.CfnPipeline(
            self,
            "Resource",
            pipeline_name=name,
            role_arn=self.execution_role.arn,
            # In the case of the API: the CDK passes the keys of this property on as they are.
            pipeline_definition=definition,
            pipeline_description=description,
            pipeline_display_name=display_name,
            parallelism_configuration={"MaxParallelExecutionSteps": parallelism} if parallelism else None,
        )
        readers = self._grant_results(reading, steps)
        ready = [each for step in steps for each in step.ready]
        depend(resource, *dict.fromkeys([*self.execution_role.ready, *ready, *readers]))
        self.parameters: Mapping[str, Mapping[str, Any]] = {str(each["Name"]): each for each in reading.parameters}
        self.version: Mapping[str, object] = {
            "Definition": hashlib.sha256(body.text.encode()).hexdigest(),
            "Values": body.values,
            "Role": self.execution_role.arn,
            "Parallelism": parallelism,
        }
        """What SageMaker makes a version of, as properties that change with it."""
        self.pipeline_name = resource.ref
        self.arn = self.location.arn("sagemaker", "pipeline", name=name)
        callbacks = any(step.kind == "Callback" for step in reading.steps)
        self.end: PipelineEnd = PipelineEnd(self, "End", pipeline=resource, arn=self.arn, callbacks=callbacks)

    def _definition(self, body: DefinitionBody) -> Mapping[str, object]:
        """What the template has of it: the definition, or where it lies."""
        reject(self, [in_range("definition", len(body.text), 1, _LONGEST_DEFINITION, unit="characters")])
        if len(body.text.encode()) <= LONGEST_INLINE:
            return {"PipelineDefinitionBody": body.value()}
        stored = StoredDefinition(self, "Definition", text=body.text, values=body.values)
        return {"PipelineDefinitionS3Location": stored.place}

    @property
    def role(self) -> iam.IRole:
        """The role that starts the jobs of its steps."""
        return self.execution_role.role

    def start_grants(self) -> Grants:
        """What it takes to start an execution."""
        grants = Grants()
        grants.allow("sagemaker:StartPipelineExecution", on=self.arn)
        return grants

    def grant_start(self, role: iam.IRole) -> None:
        """Let ``role`` start executions."""
        give(role, self.start_grants())

    def grant_watch(self, role: iam.IRole) -> None:
        """Let ``role`` describe the pipeline and its executions, list their steps, and stop them."""
        grants = Grants()
        verbs = ("DescribePipeline", "ListPipelineExecutions", "ListPipelineParametersForExecution")
        grants.allow(*(f"sagemaker:{verb}" for verb in verbs), on=self.arn)
        grants.allow(
            *("sagemaker:DescribePipelineExecution", "sagemaker:ListPipelineExecutionSteps"),
            *("sagemaker:ListPipelineParametersForExecution", "sagemaker:StopPipelineExecution"),
            on=f"{self.arn}/execution/*",
            because="Executions have identifiers that AWS chooses.",
        )
        give(role, grants)

    def _grant_results(self, reading: PipelineReading, steps: Sequence[Step]) -> Iterator[IDependable]:
        """Let the jobs of steps read the results of other steps that they refer to, role by role."""
        by_name = {step.name: step for step in steps}
        needed: dict[ExecutionRoleBase, Grants] = {}
        for read in reading.steps:
            reader = by_name[read.name].role if read.name in by_name else None
            if reader is None:
                continue
            for asked, source in sorted({(each.asked, each.step) for _, each in read.uses if each.step in by_name}):
                by_name[source].grant_read_result(asked, needed.setdefault(reader, Grants()))
        for index, (reader, grants) in enumerate(needed.items()):
            yield from reader.allow(self, f"Results{index or ''}", grants) if grants else ()


class Pipeline(PipelineBase):
    """A pipeline of ``steps``, which run in the order of their references, and otherwise at the same time.

    ``parameters`` are values that a start may give. ``parallelism`` is how many steps run at a time (default: the
    quota of the account). ``experiment`` is the classic experiment that records executions, or its name.
    ``pipeline_name`` defaults to a name derived from the construct's path; a new name replaces the pipeline.

    The pipeline's role is made of what the steps need: creating, describing and stopping jobs of their types,
    passing their roles, reading property files. Roles of definitions in this library get the right to read the
    results of other steps that they refer to. ``role`` gets the same, in place of a new one.

    Provisions: one ``AWS::SageMaker::Pipeline``, an ``AWS::IAM::Role`` unless ``role`` is given, and an
    ``AWS::IAM::Policy`` for each role that reads results; for a definition of more than 400,000 bytes, what keeps it
    in S3 (``StoredDefinition``). Besides, what ends executions before the pipeline is deleted (``PipelineEnd``).
    Raises ``InvalidInput``, with all problems and the names of their steps, for what CreatePipeline would refuse:
    references to what is not there, circles, steps that stand twice, arguments that their calls do not take and more.
    See docs/aws-rules.md. Adds a warning where a step asks for a cache that it can never hit, or reads from a report
    what is no number there.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-overview.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        steps: Sequence[Step],
        parameters: Sequence[Parameter] = (),
        pipeline_name: str | None = None,
        description: str | None = None,
        display_name: str | None = None,
        parallelism: int | None = None,
        experiment: str | PipelineExperiment | None = None,
        role: iam.IRole | None = None,
    ) -> None:
        super().__init__(scope, id)
        recorded = PipelineExperiment(experiment) if isinstance(experiment, str) else experiment
        reject(self, within("experiment", recorded.problems()) if recorded else [])
        everywhere = [*_all_steps(steps)]
        for step in everywhere:
            step.bind(self)
        document: dict[str, Any] = {
            "Version": _VERSION,
            "Metadata": {},
            "Parameters": [each.declaration() for each in parameters],
            "PipelineExperimentConfig": recorded.document() if recorded else None,
            "Steps": [step.document() for step in steps],
        }
        self._deploy(
            document,
            pipeline_name=pipeline_name,
            description=description,
            display_name=display_name,
            parallelism=parallelism,
            role=role,
            steps=everywhere,
        )

    @staticmethod
    def from_definition(
        scope: Construct,
        id: str,
        *,
        definition: str | Mapping[str, Any],
        pipeline_name: str | None = None,
        description: str | None = None,
        display_name: str | None = None,
        parallelism: int | None = None,
        role: iam.IRole | None = None,
    ) -> PipelineBase:
        """A pipeline that is defined already, by its JSON or its document, and is judged like any other.

        Its role may do what the definition shows. Where the definition leaves open which role a step passes, or which
        queue it sends to, the right has to be given to ``role``.
        """
        return _DefinedPipeline(
            scope,
            id,
            definition=definition,
            pipeline_name=pipeline_name,
            description=description,
            display_name=display_name,
            parallelism=parallelism,
            role=role,
        )

    @staticmethod
    def from_sdk(
        scope: Construct,
        id: str,
        *,
        pipeline: SdkPipeline,
        pipeline_name: str | None = None,
        description: str | None = None,
        display_name: str | None = None,
        parallelism: int | None = None,
        role: iam.IRole | None = None,
    ) -> PipelineBase:
        """A pipeline of the SageMaker Python SDK: an object of ``sagemaker.mlops.workflow.pipeline.Pipeline``, or of
        ``sagemaker.workflow.pipeline.Pipeline`` in version 2.257.

        It is asked for its definition, which is then judged like any other. Its steps need a ``PipelineSession`` with
        a region and a default bucket, and neither credentials nor a network. This library does not import the SDK.
        ``pipeline_name`` defaults to the name of the object.

        See https://sagemaker.readthedocs.io/en/stable/
        """
        return _DefinedPipeline(
            scope,
            id,
            definition=pipeline.definition(),
            pipeline_name=pipeline.name if pipeline_name is None else pipeline_name,
            description=description,
            display_name=display_name,
            parallelism=parallelism,
            role=role,
        )


class _DefinedPipeline(PipelineBase):
    """A pipeline with a definition that was made elsewhere."""

    def __init__(self, scope: Construct, id: str, *, definition: str | Mapping[str, Any], **given: Any) -> None:
        super().__init__(scope, id)
        self._deploy(_as_document(self, definition), **given)


def _as_document(scope: Construct, definition: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(definition, str):
        return definition
    try:
        document: object = json.loads(definition)
    except ValueError as error:
        reject(scope, [Problem("definition", f"must be JSON, got: {error}")])
        raise
    if not isinstance(document, dict):
        reject(scope, [Problem("definition", f"must be a JSON object, got: {type(document).__name__}")])
    return cast("Mapping[str, Any]", document)


def _definition_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    request = {"PipelineDefinition": document}
    for breach in breaches("CreatePipeline", request, _find_nothing, "synth"):
        yield Problem(breach.path, breach.at_synth)


def _find_nothing(kind: str, name: str) -> None:
    """No rule about definitions asks for other resources."""
    del kind, name


def _all_steps(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _all_steps(step.inside)
