"""What every inference component answers to, whether this app owns it or another one does."""

from collections.abc import Iterator, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.serving.endpoints.endpoint_metrics import (
    COPY_CPU,
    COPY_MEMORY,
    INVOCATIONS,
    MODEL_ERRORS,
    MODEL_LATENCY,
    NO_CAPACITY,
    OVERHEAD_LATENCY,
    SERVER_ERRORS,
)
from sagemaker_constructs.serving.endpoints.endpoint_watch import error_rules, latency_graph, unanswered_rule


class ComponentBase(BaseConstruct):
    """Grants and metrics of a model on a shared endpoint. Not made by itself: see ``InferenceComponent``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """

    component_name: str

    def __init__(self, scope: Construct, id: str, *, endpoint: EndpointBase) -> None:
        super().__init__(scope, id)
        self.endpoint = endpoint

    @property
    def component_arn(self) -> str:
        """The component's ARN."""
        return self.location.arn("sagemaker", "inference-component", name=self.component_name.lower())

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` invoke this component through its endpoint, with whole and with streamed responses."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
            resource_arns=[self.endpoint.endpoint_arn, self.component_arn],
        )

    @property
    def watched_name(self) -> str:
        """The component's name."""
        return self.component_name

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: a component's alarms are made by ``Alarms``."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """Responses 5xx, errors of the model, and requests that keep finding no copy."""
        yield from error_rules(self.measurement, thresholds)
        yield unanswered_rule("NoCopy", "requests that found no copy", self.measurement(NO_CAPACITY), thresholds)

    def dashboard_sections(self) -> Iterator[Section]:
        """Traffic, latency, errors, use and copies."""
        # SageMaker publishes no count of copies; each sends one sample of its CPU use a minute.
        copies = self.measurement(COPY_CPU).with_statistic("SampleCount")
        use = [self.measurement(COPY_CPU), self.measurement(COPY_MEMORY)]
        yield Section(
            self.component_name,
            [
                [
                    Graph("Invocations per minute", [self.measurement(INVOCATIONS)]),
                    latency_graph(self.measurement),
                    Graph(
                        "Errors per minute",
                        [self.measurement(each) for each in (SERVER_ERRORS, MODEL_ERRORS, NO_CAPACITY)],
                    ),
                ],
                [Graph("Use of the copies in percent", use), Graph("Copies", [copies], self._bounds())],
            ],
        )

    def _bounds(self) -> dict[str, float]:
        return {}

    def measurement(self, measured: Measured) -> Measurement:
        """A metric of the component, for alarms and dashboards."""
        return Measurement(measured, {"InferenceComponentName": self.component_name})

    def metric(self, name: str, *, statistic: str, namespace: str = "AWS/SageMaker") -> cloudwatch.Metric:
        """Any metric of the component, by the minute."""
        return self.measurement(Measured(name, statistic, namespace)).metric()

    def metric_invocations(self) -> cloudwatch.Metric:
        """Requests per minute."""
        return self.measurement(INVOCATIONS).metric()

    def metric_no_capacity(self) -> cloudwatch.Metric:
        """Requests per minute that failed because no copy ran."""
        return self.measurement(NO_CAPACITY).metric()

    def metric_server_errors(self) -> cloudwatch.Metric:
        """Responses 5xx per minute."""
        return self.measurement(SERVER_ERRORS).metric()

    def metric_model_errors(self) -> cloudwatch.Metric:
        """Requests that the container did not answer with 2xx, per minute."""
        return self.measurement(MODEL_ERRORS).metric()

    def metric_model_latency(self, *, statistic: str = "p99") -> cloudwatch.Metric:
        """Time spent in the container, in microseconds."""
        return self.measurement(MODEL_LATENCY).with_statistic(statistic).metric()

    def metric_overhead_latency(self, *, statistic: str = "p99") -> cloudwatch.Metric:
        """Time that SageMaker adds to the container's, in microseconds."""
        return self.measurement(OVERHEAD_LATENCY).with_statistic(statistic).metric()

    def metric_cpu_utilization(self) -> cloudwatch.Metric:
        """Average CPU use of the copies, in percent of what they asked for."""
        return self.measurement(COPY_CPU).metric()

    def metric_memory_utilization(self) -> cloudwatch.Metric:
        """Average memory use of the copies, in percent of what they asked for."""
        return self.measurement(COPY_MEMORY).metric()
