"""Training jobs."""

from .training_definition import TrainingDefinition as TrainingDefinition
from .training_input import TrainingInput as TrainingInput
from .training_job import TrainingJob as TrainingJob
