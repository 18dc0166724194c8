"""An ECR repository for model and job images that teams push themselves."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import default_child
from sagemaker_constructs.core.base_construct import adopt
from sagemaker_constructs.core.durations import days
from sagemaker_constructs.core.places import child_path
from sagemaker_constructs.core.problems import InvalidInput, in_range
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.logical_ids import keep_logical_id


class ImageRepository(ecr.Repository):
    """A repository whose images are scanned on push, immutable by tag and encrypted with ``encryption_key``
    (default: the stack's own ``EncryptionKey``).

    The last ``keep_images`` images (default 50) stay, untagged ones go after a day; the repository is retained
    when its stack goes, but not when the deployment that makes it fails. To be destroyed, it is emptied.
    Provisions: one ``AWS::ECR::Repository``.
    Raises ``InvalidInput`` for ``keep_images`` outside 1 to 1,000.

    See https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        encryption_key: kms.IKey | None = None,
        keep_images: int = 50,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        if problem := in_range("keep_images", keep_images, 1, 1000):
            raise InvalidInput(child_path(scope, id), [problem])
        super().__init__(
            scope,
            id,
            encryption=ecr.RepositoryEncryption.KMS,
            encryption_key=encryption_key or EncryptionKey.of(scope),
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            removal_policy=removal_policy,
            empty_on_delete=removal_policy == RemovalPolicy.DESTROY,
        )
        adopt(self, scope, id)
        keep_logical_id(default_child(self), self, "Repository", "Resource")
        self.add_lifecycle_rule(
            rule_priority=1,
            description="Untagged images go after a day",
            tag_status=ecr.TagStatus.UNTAGGED,
            max_image_age=days(1),
        )
        self.add_lifecycle_rule(
            rule_priority=2,
            description=f"The last {keep_images} images stay",
            tag_status=ecr.TagStatus.ANY,
            max_image_count=keep_images,
        )
