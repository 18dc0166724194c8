"""A step that runs what a definition of this library describes."""

from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import IDependable

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.jobs.job_definition import JobDefinition
from sagemaker_constructs.pipelines.references.execution import Execution
from sagemaker_constructs.pipelines.references.expression import Expression, join
from sagemaker_constructs.pipelines.steps.step import JobStepOptions, Step
from sagemaker_constructs.storage.object_access import grant_read_objects, key_arn

Text = str | Expression
"""Text, now or by the time the pipeline runs."""


class DefinitionStep(Step):
    """Runs ``definition``, with ``changes`` to its request: members of structures are replaced one by one."""

    def __init__(
        self,
        name: str,
        definition: JobDefinition,
        changes: Mapping[str, object],
        options: JobStepOptions,
    ) -> None:
        super().__init__(name, options)
        self._definition = definition
        self._changes = changes

    def arguments(self) -> Mapping[str, object]:
        """The definition's request, changed."""
        return changed(self._own(self._definition.request), self._changes)

    def _own(self, request: Mapping[str, object]) -> Mapping[str, object]:
        """The request with what the step's own options say."""
        return request

    @property
    def role(self) -> ExecutionRoleBase:
        """What the job runs as."""
        return self._definition.execution_role

    @property
    def ready(self) -> Sequence[IDependable]:
        """What a run of the definition has to wait for."""
        return self._definition.ready


def changed(given: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """``given`` with ``changes``: structures are merged member by member, everything else is replaced."""
    merged = dict(given)
    for name, value in changes.items():
        before = merged.get(name)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            merged[name] = changed(cast(Mapping[str, object], before), cast(Mapping[str, object], value))
        else:
            merged[name] = value
    return merged


def grant_read_encrypted(bucket: s3.IBucket, prefix: str, key: kms.IKey, grants: Grants) -> None:
    """Allow reading what a job has left below ``prefix``, encrypted with its own ``key``."""
    grant_read_objects(bucket, grants, f"{prefix.strip('/')}/*")
    grants.allow("kms:Decrypt", on=key_arn(key))


def of_this_execution(url: str, step: str) -> Expression:
    """``url`` with the execution's identifier and the step's name: no execution writes over what another one left."""
    return join(url, Execution.ID, step, on="/")
