"""Data labeled by people: Ground Truth's workforces, work teams and jobs."""

from .custom_task import CustomTask as CustomTask
from .label_studio_project import LabelStudioProject as LabelStudioProject
from .labeling import Labeling as Labeling
from .labeling_budget import LabelingBudget as LabelingBudget
from .ground_truth.labeling_definition import LabelingDefinition as LabelingDefinition
from .labeling_input import LabelingInput as LabelingInput
from .ground_truth.labeling_job import LabelingJob as LabelingJob
from .ground_truth.labeling_pace import LabelingPace as LabelingPace
from .labeling_people import LabelingPeople as LabelingPeople
from .labeling_people import LabelingPeopleBase as LabelingPeopleBase
from .ground_truth.labeling_stream import LabelingStream as LabelingStream
from .labeling_task import LabelingTask as LabelingTask
from .labeling_workforce import LabelingWorkforce as LabelingWorkforce
from .open.label_studio_database import DatabaseCapacity as DatabaseCapacity
from .open.label_studio_database import LabelStudioDatabase as LabelStudioDatabase
from .open.label_studio_entrance import LabelStudioEntrance as LabelStudioEntrance
from .open.label_studio_server import LabelStudioServer as LabelStudioServer
from .open.label_studio_size import LabelStudioSize as LabelStudioSize
from .open.labeling_rounds import LabelingRounds as LabelingRounds
from .open.sign_on_load_balancer import SignOnLoadBalancer as SignOnLoadBalancer
from .review.human_review_flow import HumanReviewFlow as HumanReviewFlow
from .review.low_confidence_review import LowConfidenceReview as LowConfidenceReview
from .work_team import WorkTeam as WorkTeam
from .work_team import WorkTeamBase as WorkTeamBase
from .worker_page import WorkerPage as WorkerPage
