"""What roles need, which the constructs give them; the embedded AWS checks no permissions."""

from collections.abc import Iterable

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, rule

_ROLES = f"{GUIDE}/sagemaker-roles.html"


@rule("CreateTrainingJob", _ROLES, read="2026-11-24", enforced=())
def output_keys_need_encrypt(call: Call) -> Iterable[Broken]:
    """A role that writes output with a KMS key needs kms:Encrypt, besides what S3 asks for."""
    del call
    return ()


@rule("CreateTrainingJob", _ROLES, read="2026-11-24", confidence="inferred", enforced=())
def volume_keys_need_create_grant(call: Call) -> Iterable[Broken]:
    """A role with a VolumeKmsKeyId needs kms:CreateGrant, for AWS resources or through SageMaker."""
    del call
    return ()


@rule("CreateModel", _ROLES, read="2026-11-24", enforced=())
def models_in_a_vpc_describe_its_endpoints(call: Call) -> Iterable[Broken]:
    """A role of a model in a VPC needs ec2:DescribeVpcEndpoints, besides the rights on network interfaces."""
    del call
    return ()


@rule("UpdateEndpoint", f"{GUIDE}/deployment-guardrails-configuration.html", read="2026-11-24", enforced=())
def rollback_alarms_are_described_by_the_role(call: Call) -> Iterable[Broken]:
    """The execution role of an endpoint needs cloudwatch:DescribeAlarms for the alarms that roll its updates back."""
    del call
    return ()


@rule("DeleteEndpoint", f"{API}/API_DeleteEndpoint.html", read="2026-11-24", enforced=())
def execution_roles_outlive_what_endpoints_used(call: Call) -> Iterable[Broken]:
    """SageMaker deletes what an endpoint used for minutes after it, with the permissions of its execution role."""
    del call
    return ()
