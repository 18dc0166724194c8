"""Who labels."""

from collections.abc import Sequence

from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.problems import matches, no_more_than, reject
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.labeling.labeling_workforce import LabelingWorkforce

_MOST_GROUPS = 10


class WorkTeamBase(BaseConstruct):
    """What an own work team and one that exists already have in common."""

    arn: str


class WorkTeam(WorkTeamBase):
    """People of a private ``workforce`` who get the same tasks: those in any of the user pool's ``groups``.

    Without ``groups``, the team has one of its own, ``group``, to which you add people. ``description`` (maximum 200
    characters) is for them.

    Provisions: one ``AWS::SageMaker::Workteam``, and an ``AWS::Cognito::UserPoolGroup`` unless ``groups`` are given.
    Raises ``InvalidInput`` for more than 10 groups, and what AWS's rules refuse.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workforce: LabelingWorkforce,
        description: str,
        groups: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        reject(
            self,
            [
                matches("description", description, r".{1,200}", "1 to 200 characters on one line"),
                no_more_than("groups", groups, _MOST_GROUPS),
            ],
        )
        self.group: str = ""
        if not groups:
            own = cognito.CfnUserPoolGroup(
                self, "Group", user_pool_id=workforce.user_pool_id, description=description
            )
            self.group = own.ref
        members = [
            {
                "cognitoMemberDefinition": {
                    "cognitoUserPool": workforce.user_pool_id,
                    "cognitoClientId": workforce.client_id,
                    "cognitoUserGroup": group,
                }
            }
            for group in (groups or (self.group,))
        ]
        self._resource = sagemaker.CfnWorkteam(
            self,
            "Resource",
            description=description,
            workforce_name=workforce.name,
            member_definitions=members,
        )
        self._resource.node.add_dependency(workforce)
        self.arn: str = self._resource.ref

    @staticmethod
    def from_arn(scope: Construct, id: str, arn: str) -> "WorkTeamBase":
        """A team that exists already: of this account, or of a vendor whose offer you have subscribed to.

        Raises ``InvalidInput`` for the public team: Amazon Mechanical Turk shut down on 2026-09-30.
        """
        return _ImportedWorkTeam(scope, id, arn=arn)


class _ImportedWorkTeam(WorkTeamBase):
    """A team that something else has made."""

    def __init__(self, scope: Construct, id: str, *, arn: str) -> None:
        super().__init__(scope, id)
        wanted = "the ARN of a work team, arn:aws:sagemaker:<region>:<account>:workteam/…"
        pattern = r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:workteam/.*"
        judged = rule_problems(
            "CreateLabelingJob",
            {"human_task_config": {"workteam_arn": arn}},
            names={"HumanTaskConfig": "", "HumanTaskConfig.WorkteamArn": "arn"},
        )
        reject(self, [matches("arn", arn, pattern, wanted), *judged])
        self.arn: str = arn
