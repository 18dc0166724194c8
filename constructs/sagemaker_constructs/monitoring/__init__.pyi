"""Models in production, watched: what they are asked and answer, compared with a baseline by the clock."""

from .answer_bias import AnswerBias as AnswerBias
from .answer_quality import AnswerQuality as AnswerQuality
from .baseline_definition import BaselineDefinition as BaselineDefinition
from .captured_requests import CapturedRequests as CapturedRequests
from .clarify.clarify_analysis import ClarifyAnalysis as ClarifyAnalysis
from .clarify.clarify_definition import ClarifyDefinition as ClarifyDefinition
from .collected_truth import CollectedTruth as CollectedTruth
from .drift_monitor import DriftMonitor as DriftMonitor
from .drift_settings import DriftSettings as DriftSettings
from .drift_telling import DriftTelling as DriftTelling
from .reactions.drift_reactions import DriftReactions as DriftReactions
from .reactions.reaction import OpenReview as OpenReview
from .reactions.reaction import ReturnToVersion as ReturnToVersion
from .reactions.reaction import ShiftTraffic as ShiftTraffic
from .model_monitor.clarify_monitoring import AttributionDriftMonitoring as AttributionDriftMonitoring
from .model_monitor.clarify_monitoring import BiasDriftMonitoring as BiasDriftMonitoring
from .model_monitor.model_monitor import ModelMonitor as ModelMonitor
from .model_monitor.monitored_input import MonitoredEndpoint as MonitoredEndpoint
from .model_monitor.monitored_input import MonitoredTransforms as MonitoredTransforms
from .model_monitor.monitoring_times import MonitoringTimes as MonitoringTimes
from .model_monitor.quality_baseline_definition import QualityBaselineDefinition as QualityBaselineDefinition
from .model_monitor.quality_monitoring import DataQualityMonitoring as DataQualityMonitoring
from .model_monitor.quality_monitoring import ModelQualityMonitoring as ModelQualityMonitoring
from .monitor_baseline import MonitorBaseline as MonitorBaseline
