"""The given number of real-time endpoints, each with model, role, alarms and logs, in stacks of fifteen."""

import sys

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import Model, ModelArtifact
from sagemaker_constructs.serving import InstanceRange, RealTimeEndpoint, Variant

PER_STACK = 15
KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"


class Endpoints(cdk.Stack):
    """Endpoints that share a key, a bucket and a repository."""

    def __init__(self, scope: cdk.App, id: str, *, numbers: range) -> None:
        super().__init__(scope, id)
        key = kms.Key.from_key_arn(self, "Key", KEY)
        bucket = s3.Bucket.from_bucket_name(self, "Artifacts", "artifacts-of-models")
        repository = ecr.Repository.from_repository_name(self, "Repository", "models")
        for number in numbers:
            model = Model(
                self,
                f"Model{number}",
                image=ModelImage.from_repository(repository, "1.0.0"),
                artifact=ModelArtifact.from_bucket(bucket, f"model-{number}/model.tar.gz"),
            )
            variant = Variant(model, instance_type="ml.c7i.large", instances=InstanceRange(2))
            RealTimeEndpoint(self, f"Endpoint{number}", variants=[variant], encryption_key=key)


def main() -> None:
    """Synthesize as many endpoints as the first argument says."""
    count = int(sys.argv[1])
    app = cdk.App()
    for first in range(0, count, PER_STACK):
        Endpoints(app, f"Endpoints{first}", numbers=range(first, min(first + PER_STACK, count)))
    app.synth()


if __name__ == "__main__":
    main()
