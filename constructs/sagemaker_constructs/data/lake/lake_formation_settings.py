"""What Lake Formation decides in an account, and who administers it."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Annotations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.problems import Problem, no_more_than, reject

_MOST_ADMINISTRATORS = 30


class LakeFormationSettings(BaseConstruct):
    """The settings of Lake Formation for the whole account in this region: one construct for all its stacks.

    ``administrators`` may grant anything in the data lake; those that are there already stay. Each role by which
    CloudFormation makes grants has to be among them, or the deployment of these fails: with CDK's bootstrap stack
    that is ``cdk-hnb659fds-cfn-exec-role-<account>-<region>``.

    New databases and tables grant nothing to ``IAMAllowedPrincipals`` from then on, so that roles with rights in IAM
    alone no longer read them. Tables that are there keep that grant until somebody revokes it, and Lake Formation
    keeps nothing of them back until then.

    Provisions: one ``AWS::LakeFormation::DataLakeSettings``, which adds to what is set. Deleting it leaves both: no
    resource of CloudFormation restores what was set before.
    Warns as ``sagemaker-constructs:whole-account``.
    Raises ``InvalidInput`` for none, or more than 30 administrators.

    See https://docs.aws.amazon.com/lake-formation/latest/dg/initial-lf-config.html and
    https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        administrators: Sequence[iam.IRole],
    ) -> None:
        super().__init__(scope, id)
        arns = [each.role_arn for each in administrators]
        none = None if arns else Problem("administrators", "must name at least one role")
        reject(self, [none, no_more_than("administrators", arns, _MOST_ADMINISTRATORS)])
        nobody: Any = []
        self._resource = lakeformation.CfnDataLakeSettings(
            self,
            "Resource",
            admins=[{"dataLakePrincipalIdentifier": each} for each in arns],
            create_database_default_permissions=nobody,
            create_table_default_permissions=nobody,
            mutation_type="APPEND",
        )
        Annotations.of(self).add_warning_v2(
            "sagemaker-constructs:whole-account",
            f"{self.path} changes Lake Formation for the whole account in this region: new tables are no longer open "
            "to whoever may read them in IAM",
        )
