"""Alarms, dashboards and log retention for whatever can be watched."""

from .alarm_thresholds import AlarmThresholds as AlarmThresholds
from .alarms import Alarms as Alarms
from .dashboard import Dashboard as Dashboard
from .graph import Graph as Graph
from .graph import Section as Section
from .measurement import Measured as Measured
from .measurement import Measurement as Measurement
from .metric_alarm import Alarm as Alarm
from .metric_alarm import AlarmRule as AlarmRule
from .metric_alarm import MetricAlarm as MetricAlarm
from .retained_logs import RetainedLogs as RetainedLogs
from .watchable import Watchable as Watchable
