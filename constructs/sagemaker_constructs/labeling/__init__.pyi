"""Data labeled by people: Ground Truth's workforces, work teams and jobs."""

from .custom_task import CustomTask as CustomTask
from .label_studio_project import LabelStudioProject as LabelStudioProject
from .labeling_budget import LabelingBudget as LabelingBudget
from .labeling_definition import LabelingDefinition as LabelingDefinition
from .labeling_input import LabelingInput as LabelingInput
from .labeling_job import LabelingJob as LabelingJob
from .labeling_pace import LabelingPace as LabelingPace
from .labeling_task import LabelingTask as LabelingTask
from .labeling_workforce import LabelingWorkforce as LabelingWorkforce
from .work_team import WorkTeam as WorkTeam
from .work_team import WorkTeamBase as WorkTeamBase
from .worker_page import WorkerPage as WorkerPage
