"""What every asynchronous endpoint answers to, whether this app owns it or another one does."""

from collections.abc import Iterator
from typing import ClassVar

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.serving.asynchronous.async_paths import AsyncPaths
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.serving.endpoints.endpoint_metrics import (
    BACKLOG,
    BACKLOG_PER_INSTANCE,
    BACKLOG_WITHOUT_CAPACITY,
    EXPIRED,
    FAILURES,
    MODEL_LATENCY,
    OLDEST_REQUEST,
    PROCESSED,
    PROCESSING_TIME,
    TIME_IN_BACKLOG,
)
from sagemaker_constructs.serving.endpoints.endpoint_watch import PERCENTILES
from sagemaker_constructs.storage.object_access import bucket_facts, key_arn

_CHOSEN_AT_RUN_TIME = "Keys below this prefix are chosen at run time."


class AsyncInterface(EndpointBase):
    """Grants and metrics of an endpoint with a queue. Not made by itself: see ``AsyncEndpoint``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
    """

    asynchronous: ClassVar[bool] = True
    input: s3.IBucket
    output: s3.IBucket
    paths: AsyncPaths

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` upload requests and have them worked on."""
        facts, grants = bucket_facts(self.input), Grants()
        grants.allow(
            "s3:PutObject",
            "s3:AbortMultipartUpload",
            on=f"{facts.arn}/{self.paths.input}/*",
            because=_CHOSEN_AT_RUN_TIME,
            owner=self.input,
        )
        if facts.encryption_key:
            grants.allow("kms:GenerateDataKey", "kms:Decrypt", on=key_arn(facts.encryption_key))
        give(grantee, grants)
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["sagemaker:InvokeEndpointAsync"], resource_arns=[self.endpoint_arn]
        )

    def grant_read_results(self, grantee: iam.IGrantable) -> None:
        """Let ``grantee`` read answers, and what became of requests that failed."""
        facts, grants = bucket_facts(self.output), Grants()
        for prefix in (self.paths.output, self.paths.failure):
            grants.allow("s3:GetObject", on=f"{facts.arn}/{prefix}/*", because=_CHOSEN_AT_RUN_TIME, owner=self.output)
        if facts.encryption_key:
            grants.allow("kms:Decrypt", on=key_arn(facts.encryption_key))
        give(grantee, grants)

    def dashboard_sections(self) -> Iterator[Section]:
        """Backlog, work done and time taken; such an endpoint has no other requests."""

        def whole(*measured: Measured) -> list[Measurement]:
            return [self.measurement_of_endpoint(each) for each in measured]

        def percentiles(*measured: Measured) -> list[Measurement]:
            return [
                self.measurement(each).with_statistic(statistic) for statistic in PERCENTILES for each in measured
            ]

        yield Section(
            self.endpoint_name,
            [
                [
                    Graph("Backlog", whole(BACKLOG, BACKLOG_PER_INSTANCE)),
                    Graph("Age of the oldest request in seconds", whole(OLDEST_REQUEST)),
                    Graph("Waiting without an instance", whole(BACKLOG_WITHOUT_CAPACITY)),
                ],
                [
                    Graph("Requests per minute", [self.measurement(each) for each in (PROCESSED, FAILURES, EXPIRED)]),
                    Graph("Time in milliseconds", percentiles(TIME_IN_BACKLOG, PROCESSING_TIME)),
                    Graph("Latency of the model in microseconds", percentiles(MODEL_LATENCY)),
                ],
            ],
        )

    def metric_backlog(self) -> cloudwatch.Metric:
        """Requests that wait or are worked on."""
        return self.measurement_of_endpoint(BACKLOG).metric()

    def metric_backlog_per_instance(self) -> cloudwatch.Metric:
        """Such requests per instance: what ``scale_on_backlog`` tracks."""
        return self.measurement_of_endpoint(BACKLOG_PER_INSTANCE).metric()

    def metric_backlog_without_capacity(self) -> cloudwatch.Metric:
        """1 while requests wait and no instance runs, else 0."""
        return self.measurement_of_endpoint(BACKLOG_WITHOUT_CAPACITY).metric()

    def metric_oldest_request(self) -> cloudwatch.Metric:
        """Age of the oldest waiting request, in seconds."""
        return self.measurement_of_endpoint(OLDEST_REQUEST).metric()

    def metric_failures(self) -> cloudwatch.Metric:
        """Requests that ended in a failure, per minute."""
        return self.measurement(FAILURES).metric()
