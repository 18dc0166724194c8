"""Changes on their way into accounts: who may plan and deploy them, without stored keys."""

from .workflow_roles import WorkflowRoles as WorkflowRoles
from .workflow_source import GitHubRepository as GitHubRepository
from .workflow_source import GitLabProject as GitLabProject
