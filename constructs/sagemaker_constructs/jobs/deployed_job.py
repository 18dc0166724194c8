"""A job that runs when its stack is deployed."""

from aws_cdk import Token
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.jobs.job_definition import JobDefinition
from sagemaker_constructs.jobs.job_kinds import job_kinds
from sagemaker_constructs.jobs.job_provider import JobProvider

LONGEST_SUFFIX = 17
"""The end of a name that the job functions make: a hyphen and 16 digits, see ``lambdas/job/logic.py``."""


class DeployedJob(BaseConstruct):
    """Runs ``definition`` once per change: at creation, and again whenever the request changes.

    The deployment waits for the job, and CloudFormation waits at most an hour. A failed job fails the deployment with
    its FailureReason; deleting the stack, or a rollback, stops a running job.

    A job that has completed for the same stack name, logical id and request is taken instead of a new one: a
    rollback, or a deployment after one, does not pay twice. It runs again when its request changes.

    Provisions: ``Custom::SageMaker<kind>`` (see ``JobProvider``).
    """

    def __init__(self, scope: Construct, id: str, *, definition: JobDefinition) -> None:
        super().__init__(scope, id)
        self.definition = definition
        longest = job_kinds()[definition.kind].name_length - LONGEST_SUFFIX
        self._job = JobProvider.of(self).run(self, definition, name_prefix=physical_name(self, longest))
        self.job_name: str = self._job.ref

    def _attribute(self, name: str) -> str:
        return Token.as_string(self._job.get_att(name))
