"""What every asynchronous endpoint answers to, whether this app owns it or another one does."""

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import acknowledge_wildcard
from sagemaker_constructs.serving.asynchronous.async_paths import AsyncPaths
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase


class AsyncInterface(EndpointBase):
    """Grants and metrics of an endpoint with a queue. Not made by itself: see ``AsyncEndpoint``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
    """

    input: s3.IBucket
    output: s3.IBucket
    paths: AsyncPaths

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` upload requests and have them worked on."""
        self._grant_objects(
            grantee,
            self.input,
            f"{self.paths.input}/*",
            ["s3:PutObject", "s3:AbortMultipartUpload"],
            ["kms:GenerateDataKey", "kms:Decrypt"],
        )
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["sagemaker:InvokeEndpointAsync"], resource_arns=[self.endpoint_arn]
        )

    def grant_read_results(self, grantee: iam.IGrantable) -> None:
        """Let ``grantee`` read answers, and what became of requests that failed."""
        for prefix in (self.paths.output, self.paths.failure):
            self._grant_objects(grantee, self.output, f"{prefix}/*", ["s3:GetObject"], ["kms:Decrypt"])

    def metric_backlog(self) -> cloudwatch.Metric:
        """Requests that wait or are worked on."""
        return self.metric_of_endpoint("ApproximateBacklogSize", statistic="Maximum")

    def metric_backlog_per_instance(self) -> cloudwatch.Metric:
        """Such requests per instance: what ``scale_on_backlog`` tracks."""
        return self.metric_of_endpoint("ApproximateBacklogSizePerInstance", statistic="Average")

    def metric_backlog_without_capacity(self) -> cloudwatch.Metric:
        """1 while requests wait and no instance runs, else 0."""
        return self.metric_of_endpoint("HasBacklogWithoutCapacity", statistic="Maximum")

    def metric_oldest_request(self) -> cloudwatch.Metric:
        """Age of the oldest waiting request, in seconds."""
        return self.metric_of_endpoint("ApproximateAgeOfOldestRequest", statistic="Maximum")

    def metric_failures(self) -> cloudwatch.Metric:
        """Requests that ended in a failure, per minute."""
        return self.metric("InvocationFailures", statistic="Sum")

    def _grant_objects(
        self, grantee: iam.IGrantable, bucket: s3.IBucket, pattern: str, actions: list[str], key_actions: list[str]
    ) -> None:
        objects = bucket.arn_for_objects(pattern)
        iam.Grant.add_to_principal(grantee=grantee, actions=actions, resource_arns=[objects])
        if bucket.encryption_key:
            bucket.encryption_key.grant(grantee, *key_actions)
        if isinstance(grantee, Construct):
            acknowledge_wildcard(grantee, objects, reason="Keys below this prefix are chosen at run time.")
