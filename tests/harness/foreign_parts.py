"""Keys, buckets, topics, networks and more that a construct is given, in its own stack, in another, or imported."""

from collections.abc import Callable, Collection
from functools import cached_property
from typing import cast

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

import sagemaker_constructs as sm
from sagemaker_constructs.labeling import LabelingPeople, LabelingPeopleBase
from sagemaker_constructs.serving import EndpointBase

ACCOUNT = "111122223333"
KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0a1b2c3d-0000-4000-8000-000000000000"


class Parts:
    """What a construct under test is given; each part is made when it is first asked for.

    Those named in ``elsewhere`` belong to ``there``, all others to ``here``.
    """

    def __init__(self, here: Stack, there: Stack, elsewhere: Collection[str] = ()) -> None:
        self.here = here
        self._there = there
        self._elsewhere = elsewhere

    def scope(self, part: str) -> Stack:
        """The stack that ``part`` belongs to."""
        return self._there if part in self._elsewhere else self.here

    @property
    def movable(self) -> dict[str, set[str]]:
        """Each part that something has asked for with what it stands on, and all of them."""
        return {part: {part} | STANDS_ON.get(part, set()) for part in self.used} | {"all": set(self.used)}

    @property
    def used(self) -> list[str]:
        """The parts that something has asked for."""
        return [name for name in PARTS if name in vars(self)]

    @cached_property
    def key(self) -> kms.IKey:
        return sm.EncryptionKey(self.scope("key"), "Key")

    @cached_property
    def bucket(self) -> s3.IBucket:
        bucket = s3.Bucket(self.scope("bucket"), "Bucket", encryption_key=self.key)
        return cast(s3.IBucket, bucket)

    @cached_property
    def artifact(self) -> sm.ModelArtifact:
        bucket = cast(s3.IBucket, s3.Bucket(self.scope("artifact"), "Artifacts"))
        return sm.ModelArtifact.from_bucket(bucket, "model.tar.gz")

    @cached_property
    def topic(self) -> sns.ITopic:
        return cast(sns.ITopic, sns.Topic(self.scope("topic"), "Topic", master_key=self.key))

    @cached_property
    def network(self) -> sm.VpcPlacement:
        scope = self.scope("network")
        vpc = ec2.CfnVPC(scope, "Vpc", cidr_block="10.0.0.0/16")
        subnets = [
            ec2.CfnSubnet(scope, f"Subnet{index}", vpc_id=vpc.ref, cidr_block=f"10.0.{index}.0/24")
            for index in range(2)
        ]
        group = ec2.CfnSecurityGroup(scope, "Group", vpc_id=vpc.ref, group_description="Workloads")
        return sm.VpcPlacement(
            subnets=[ec2.Subnet.from_subnet_id(scope, f"{subnet.node.id}Given", subnet.ref) for subnet in subnets],
            security_groups=[ec2.SecurityGroup.from_security_group_id(scope, "Given", group.attr_group_id)],
        )

    @cached_property
    def vpc(self) -> ec2.IVpc:
        return cast(ec2.IVpc, ec2.Vpc(self.scope("vpc"), "Private", max_azs=2))

    @cached_property
    def people(self) -> LabelingPeopleBase:
        return LabelingPeople(self.scope("people"), "Labelers")

    @cached_property
    def role(self) -> iam.IRole:
        root = cast(iam.IPrincipal, iam.AccountRootPrincipal())
        return cast(iam.IRole, iam.Role(self.scope("role"), "Role", assumed_by=root))

    @cached_property
    def repository(self) -> ecr.IRepository:
        return cast(ecr.IRepository, ecr.Repository(self.scope("repository"), "Repository"))

    @cached_property
    def caller(self) -> iam.IRole:
        """Whoever is granted something stands above the construct, in a stack that gives it nothing."""
        app = cast(App, self.here.node.root)
        scope = Stack(app, f"{self.here.node.id}-caller", env=Environment(region="us-east-1"))
        return cast(iam.IRole, iam.Role(scope, "Caller", assumed_by=cast(iam.IPrincipal, iam.AccountRootPrincipal())))

    @cached_property
    def alarm(self) -> cloudwatch.Alarm:
        metric = cloudwatch.Metric(namespace="Tests", metric_name="Load")
        return cloudwatch.Alarm(self.here, "Alarm", metric=metric, threshold=1, evaluation_periods=1)

    @cached_property
    def image(self) -> sm.ModelImage:
        return sm.ModelImage.from_repository(self.repository, "1.0.0")

    @cached_property
    def model(self) -> sm.Model:
        scope = self.scope("model")
        return sm.Model(scope, "Model", image=self.image, artifact=self.artifact, placement=self.network)

    @cached_property
    def shared(self) -> sm.SharedEndpoint:
        scope = self.scope("shared")
        return sm.SharedEndpoint(scope, "Shared", instance_type="ml.m5.large", encryption_key=self.key)

    @cached_property
    def endpoint(self) -> EndpointBase:
        scope = self.scope("endpoint")
        return sm.RealTimeEndpoint(
            scope, "Endpoint", model=self.model, instance_type="ml.m5.large", encryption_key=self.key
        )


class ImportedParts(Parts):
    """Parts of another app, by what is written down of them: names, identifiers and ARNs.

    A model is always of the app that runs it: what other apps hand over is its package, its image or its artifact.
    """

    def __init__(self, here: Stack) -> None:
        super().__init__(here, here)

    @cached_property
    def key(self) -> kms.IKey:
        return kms.Key.from_key_arn(self.here, "Key", KEY_ARN)

    @cached_property
    def bucket(self) -> s3.IBucket:
        return s3.Bucket.from_bucket_attributes(
            self.here, "Bucket", bucket_name="their-sagemaker-data", encryption_key=self.key
        )

    @cached_property
    def artifact(self) -> sm.ModelArtifact:
        bucket = s3.Bucket.from_bucket_name(self.here, "Artifacts", "their-sagemaker-artifacts")
        return sm.ModelArtifact.from_bucket(bucket, "model.tar.gz")

    @cached_property
    def topic(self) -> sns.ITopic:
        return sns.Topic.from_topic_attributes(
            self.here, "Topic", topic_arn=f"arn:aws:sns:us-east-1:{ACCOUNT}:theirs", key_arn=KEY_ARN
        )

    @cached_property
    def network(self) -> sm.VpcPlacement:
        network = sm.ImportedNetwork(
            self.here,
            "Network",
            subnet_ids=["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
            security_group_ids=["sg-0a1b2c3d"],
        )
        return network.placement

    @cached_property
    def vpc(self) -> ec2.IVpc:
        return ec2.Vpc.from_vpc_attributes(
            self.here,
            "Private",
            vpc_id="vpc-0a1b2c3d",
            availability_zones=["us-east-1a", "us-east-1b"],
            private_subnet_ids=["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
        )

    @cached_property
    def people(self) -> LabelingPeopleBase:
        arn = f"arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/us-east-1_0a1b2c3d4"
        pool = cognito.UserPool.from_user_pool_arn(self.here, "Pool", arn)
        return LabelingPeople.from_user_pool(self.here, "Labelers", user_pool=pool, domain="theirs")

    @cached_property
    def role(self) -> iam.IRole:
        return iam.Role.from_role_arn(self.here, "Role", f"arn:aws:iam::{ACCOUNT}:role/theirs")

    @cached_property
    def repository(self) -> ecr.IRepository:
        return ecr.Repository.from_repository_name(self.here, "Repository", "theirs")

    @cached_property
    def endpoint(self) -> EndpointBase:
        return sm.RealTimeEndpoint.from_endpoint_name(self.here, "Endpoint", "theirs")


STAY = ("image", "caller", "alarm")
"""What is no resource, what is granted something, and an alarm that starts a policy, which its own stack says."""
PARTS = [name for name, member in vars(Parts).items() if isinstance(member, cached_property) and name not in STAY]
"""What may belong to another stack."""
STANDS_ON = {
    "bucket": {"key"},
    "topic": {"key"},
    "model": {"artifact", "network", "repository"},
    "shared": {"key"},
    "endpoint": {"artifact", "key", "model", "network", "repository"},
}
"""What goes with a part, as a stack that needs one of its users would be the user's own cycle."""
Case = Callable[[Parts], object]
