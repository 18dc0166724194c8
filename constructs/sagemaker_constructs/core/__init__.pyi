"""What all domains share: problems, roles and grants, acknowledged findings, names, AWS's service model."""

from .access.execution_role import ExecutionRole as ExecutionRole
from .access.grants import Grants as Grants
from .instances.instance import Instance as Instance
from .problems import InvalidInput as InvalidInput
from .problems import Problem as Problem
from .tagging import add_tags as add_tags
