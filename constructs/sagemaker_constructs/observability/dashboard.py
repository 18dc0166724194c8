"""One page that tells how something is doing."""

import json
from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.places import region
from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.observability.alarm_states import AlarmStates
from sagemaker_constructs.observability.graph import Section, widgets
from sagemaker_constructs.observability.watchable import Watchable


class Dashboard(BaseConstruct):
    """The graphs of each of ``watched``, one section after another, for the last three hours.

    Endpoints show traffic, latency (the model's and SageMaker's share), errors, use of the instances and their number
    against the limits of scaling, per variant; asynchronous ones their queue, serverless ones cold starts, components
    their copies.

    With ``states`` (default: False), the first row has the states of all alarms that ``watched`` bring.

    A model's life is on one page with its endpoint, its ``DriftMonitor`` (drift, quality, bias), its
    ``ApprovedModel`` (which version was live since when) and its ``DriftReactions`` (what was done about drift).

    Provisions: one ``AWS::CloudWatch::Dashboard`` (3 USD a month from the fourth on). Its name is generated.
    Raises ``InvalidInput`` for nothing to watch.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """

    def __init__(self, scope: Construct, id: str, *, watched: Sequence[Watchable], states: bool = False) -> None:
        super().__init__(scope, id)
        reject(self, [None if watched else Problem("watched", "must name at least one thing to watch, got: none")])
        sections = [section for each in watched for section in each.dashboard_sections()]
        alarms = [alarm for each in watched for alarm in each.alarms] if states else []
        if alarms:
            sections.insert(0, Section("Alarms", [[AlarmStates("States", alarms)]]))
        # Tokens in it are names, which JSON writes as they are.
        body = {
            "start": "-PT3H",
            "periodOverride": "inherit",
            "widgets": list(widgets(sections, region())),
        }
        self.resource: cloudwatch.CfnDashboard = cloudwatch.CfnDashboard(
            self, "Dashboard", dashboard_body=json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        )
