"""Models in production, watched: what they are asked and answer, compared with a baseline by the clock."""

from .answer_bias import AnswerBias as AnswerBias
from .answer_quality import AnswerQuality as AnswerQuality
from .baseline_definition import BaselineDefinition as BaselineDefinition
from .captured_requests import CapturedRequests as CapturedRequests
from .collected_truth import CollectedTruth as CollectedTruth
from .drift_monitor import DriftMonitor as DriftMonitor
from .drift_settings import DriftSettings as DriftSettings
from .drift_telling import DriftTelling as DriftTelling
from .reactions.drift_reactions import DriftReactions as DriftReactions
from .reactions.reaction import OpenReview as OpenReview
from .reactions.reaction import ReturnToVersion as ReturnToVersion
from .reactions.reaction import ShiftTraffic as ShiftTraffic
