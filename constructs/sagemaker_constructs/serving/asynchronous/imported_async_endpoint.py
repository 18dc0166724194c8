"""An asynchronous endpoint that another app owns."""

from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.problems import reject, within
from sagemaker_constructs.serving.asynchronous.async_interface import AsyncInterface
from sagemaker_constructs.serving.asynchronous.async_paths import AsyncPaths


class ImportedAsyncEndpoint(AsyncInterface):
    """An existing endpoint of this account and region, by name, with its buckets and prefixes. Provisions nothing.

    Raises ``InvalidInput`` for prefixes with / at their ends.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint_name: str,
        output: s3.IBucket,
        input: s3.IBucket,
        paths: AsyncPaths,
        default_variant: str,
    ) -> None:
        super().__init__(scope, id, endpoint_name=endpoint_name, default_variant=default_variant)
        reject(self, within("paths", paths.problems()))
        self.input = input
        self.output = output
        self.paths = paths
