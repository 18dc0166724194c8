"""Training jobs, and the search for their hyperparameters."""

from .automl.auto_tabular_definition import AutoTabularDefinition as AutoTabularDefinition
from .checkpoints import Checkpoints as Checkpoints
from .debugger.debug_action import DebugAction as DebugAction
from .debugger.debug_rule import DebugRule as DebugRule
from .debugger.debugger import Debugger as Debugger
from .spot_training import SpotTraining as SpotTraining
from .training_definition import TrainingDefinition as TrainingDefinition
from .training_input import TrainingInput as TrainingInput
from .training_job import TrainingJob as TrainingJob
from .tuning.categorical_range import CategoricalRange as CategoricalRange
from .tuning.completion_criteria import CompletionCriteria as CompletionCriteria
from .tuning.numeric_range import ContinuousRange as ContinuousRange
from .tuning.numeric_range import IntegerRange as IntegerRange
from .tuning.objective import Objective as Objective
from .tuning.search_strategy import SearchStrategy as SearchStrategy
from .tuning.tuned_algorithm import TunedAlgorithm as TunedAlgorithm
from .tuning.tuning_definition import TuningDefinition as TuningDefinition
from .tuning.tuning_job import TuningJob as TuningJob
from .tuning.warm_start import WarmStart as WarmStart
from .watch.training_watch import TrainingWatch as TrainingWatch
from .watch.watch_rule import WatchRule as WatchRule
