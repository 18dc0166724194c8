"""Models in production, watched: what they are asked and answer, compared with a baseline by the clock."""

from .baseline_definition import BaselineDefinition as BaselineDefinition
from .captured_requests import CapturedRequests as CapturedRequests
from .drift_monitor import DriftMonitor as DriftMonitor
from .drift_settings import DriftSettings as DriftSettings
from .drift_telling import DriftTelling as DriftTelling
