"""Jobs that have no CloudFormation type: defined once, run as resources, schedules and states."""

from .deployed_job import DeployedJob as DeployedJob
from .job_definition import JobDefinition as JobDefinition
from .job_provider import JobProvider as JobProvider
from .job_schedule import JobSchedule as JobSchedule
from .started_job import StartedJob as StartedJob
