"""An ECR repository for model and job images that teams push themselves."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.problems import in_range, reject


class ImageRepository(Construct):
    """A repository whose images are scanned on push, immutable by tag and encrypted with your own key.

    The last ``keep_images`` images (default 50) stay, untagged ones go after a day; the repository is retained
    when its stack goes. Provisions: one ``AWS::ECR::Repository``.
    Raises ``InvalidInput`` for ``keep_images`` outside 1 to 1,000.

    See https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        encryption_key: kms.IKey,
        keep_images: int = 50,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        reject(self, [in_range("keep_images", keep_images, 1, 1000)])
        self.repository = ecr.Repository(
            self,
            "Repository",
            encryption=ecr.RepositoryEncryption.KMS,
            encryption_key=encryption_key,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            removal_policy=removal_policy,
        )
        self.repository.add_lifecycle_rule(
            rule_priority=1,
            description="Untagged images go after a day",
            tag_status=ecr.TagStatus.UNTAGGED,
            max_image_age=Duration.days(1),
        )
        self.repository.add_lifecycle_rule(
            rule_priority=2,
            description=f"The last {keep_images} images stay",
            tag_status=ecr.TagStatus.ANY,
            max_image_count=keep_images,
        )
