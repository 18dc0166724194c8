"""The given number of endpoints through the alpha L2 of aws-cdk, each with model and role, in stacks of fifteen."""

import sys

import aws_cdk as cdk
import aws_cdk.aws_sagemaker_alpha as sagemaker
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

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
            model = sagemaker.Model(
                self,
                f"Model{number}",
                containers=[
                    sagemaker.ContainerDefinition(
                        image=sagemaker.ContainerImage.from_ecr_repository(repository, "1.0.0"),
                        model_data=sagemaker.ModelData.from_bucket(bucket, f"model-{number}/model.tar.gz"),
                    )
                ],
            )
            variant = sagemaker.InstanceProductionVariantProps(
                model=model,
                variant_name="AllTraffic",
                instance_type=sagemaker.InstanceType.of("ml.c7i.large"),
                initial_instance_count=2,
            )
            configuration = sagemaker.EndpointConfig(
                self, f"Configuration{number}", encryption_key=key, instance_production_variants=[variant]
            )
            sagemaker.Endpoint(self, f"Endpoint{number}", endpoint_config=configuration)


def main() -> None:
    """Synthesize as many endpoints as the first argument says."""
    count = int(sys.argv[1])
    app = cdk.App()
    for first in range(0, count, PER_STACK):
        Endpoints(app, f"Endpoints{first}", numbers=range(first, min(first + PER_STACK, count)))
    app.synth()


if __name__ == "__main__":
    main()
