"""Changes on their way into accounts: who may plan and deploy them, without stored keys."""

from .connected_repository import ConnectedRepository as ConnectedRepository
from .continuous import Continuous as Continuous
from .delivery_environment import DeliveryEnvironment as DeliveryEnvironment
from .delivery_pipeline import DeliveryPipeline as DeliveryPipeline
from .delivery_steps import DeliverySteps as DeliverySteps
from .workflow_roles import WorkflowRoles as WorkflowRoles
from .workflow_source import GitHubRepository as GitHubRepository
from .workflow_source import GitLabProject as GitLabProject
