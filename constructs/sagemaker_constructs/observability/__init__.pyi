"""Alarms, dashboards and log retention for whatever can be watched."""

from .alarm_states import AlarmStates as AlarmStates
from .alarm_thresholds import AlarmThresholds as AlarmThresholds
from .alarms import Alarms as Alarms
from .dashboard import Dashboard as Dashboard
from .graph import Graph as Graph
from .graph import Section as Section
from .log_lines import LogLines as LogLines
from .measurement import Measured as Measured
from .measurement import Measurement as Measurement
from .metric_alarm import Alarm as Alarm
from .metric_alarm import AlarmRule as AlarmRule
from .metric_alarm import MetricAlarm as MetricAlarm
from .notifications.alarm_notifications import AlarmNotifications as AlarmNotifications
from .notifications.channels import EmailAddresses as EmailAddresses
from .notifications.channels import PagerDutyService as PagerDutyService
from .notifications.channels import SlackChannel as SlackChannel
from .notifications.channels import TeamsChannel as TeamsChannel
from .notifications.quiet_hours import QuietHours as QuietHours
from .monthly_budget import MonthlyBudget as MonthlyBudget
from .retained_logs import RetainedLogs as RetainedLogs
from .watchable import Watchable as Watchable
