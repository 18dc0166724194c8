"""Feature groups that other accounts may use."""

from collections.abc import Mapping, Sequence
from typing import Literal, cast

from aws_cdk import aws_iam as iam
from aws_cdk import aws_ram as ram
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, matches, reject
from sagemaker_constructs.features.feature_group import FeatureGroup

FeatureAccess = Literal["read", "write", "admin"]
"""What another account may do with a group; each has what comes before it."""

# The page spells them so: SageMaker of the first is another one than Sagemaker of the others.
_PERMISSIONS: Mapping[FeatureAccess, str] = {
    "read": "AWSRAMPermissionSageMakerFeatureGroupReadOnly",
    "write": "AWSRAMPermissionSagemakerFeatureGroupReadWrite",
    "admin": "AWSRAMPermissionSagemakerFeatureGroupAdmin",
}
_LONGEST_NAME = 63


class FeatureGroupShare(BaseConstruct):
    """Lets other ``accounts`` use the online stores of ``groups``, through AWS Resource Access Manager.

    ``access`` ``read`` allows describing groups and reading records, ``write`` also putting and deleting them,
    ``admin`` also changing descriptions and adding features. The keys of the groups let the accounts decrypt, if they
    belong to this app; reading and writing records take no more. Accounts of the same organization have the share at
    once, where sharing is enabled in the organization; others, which ``outside_the_organization`` allows, have to
    accept an invitation.

    Each account grants its own roles what they need. A shared group does not appear in lists of the other account,
    which names it by its ARN. Tables of offline stores are shared by Lake Formation, and not by this.

    Provisions: one ``AWS::RAM::ResourceShare``, which ends with its stack.
    Raises ``InvalidInput`` for no groups, no accounts, what is no account of 12 digits, and a group without an online
    store.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-access.html and
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OnlineStoreSecurityConfig.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        groups: Sequence[FeatureGroup],
        accounts: Sequence[str],
        access: FeatureAccess = "read",
        outside_the_organization: bool = False,
    ) -> None:
        super().__init__(scope, id)
        reject(
            self,
            [
                None if groups else Problem("groups", "must have at least 1 entry, got: 0"),
                None if accounts else Problem("accounts", "must have at least 1 entry, got: 0"),
                *(
                    matches(f"accounts[{place}]", each, r"[0-9]{12}", "an account number of 12 digits")
                    for place, each in enumerate(accounts)
                ),
                *(
                    Problem(f"groups[{place}]", "has no online store: there are no records to share")
                    for place, each in enumerate(groups)
                    if each.online_key is None
                ),
            ],
        )
        ram.CfnResourceShare(
            self,
            "Resource",
            name=physical_name(self, _LONGEST_NAME),
            resource_arns=[each.arn for each in groups],
            principals=[*accounts],
            permission_arns=[f"arn:{self.location.partition}:ram::aws:permission/{_PERMISSIONS[access]}"],
            allow_external_principals=outside_the_organization,
        )
        for key in dict.fromkeys(each.online_key for each in groups if each.online_key):
            for account in accounts:
                key.grant_decrypt(cast(iam.IGrantable, iam.AccountPrincipal(account)))
