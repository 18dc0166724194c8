"""A build of the pipeline: commands, and a role that may do what they need."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.acknowledgement import Findings
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.storage.object_access import key_arn

_ROLE = (
    'export AWS_CONFIG_FILE="$PWD/.aws-config"',
    'printf \'[default]\\nrole_arn = %s\\ncredential_source = EcsContainer\\n\' "$ROLE_ARN" > "$AWS_CONFIG_FILE"',
)
_NOT_NEEDED = ("node_modules/**/*", ".venv*/**/*", ".git/**/*")
"""What a build installs, and no later one takes over: it installs its own."""


@dataclass(frozen=True)
class BuildMachine:
    """What builds run on: an image of CodeBuild, a size, and whether Docker may be used."""

    image: str
    compute: str
    privileged: bool


@dataclass(frozen=True)
class Commands:
    """What a build runs: what it ``installs`` and then ``runs``, with which variables, and what it hands on.

    ``role_arn`` is a role of another account that the commands act with. ``files`` make its artifact; ``exports`` are
    variables that later actions read, of commands that set them. ``shows`` is a file that the log has at the end,
    whether the commands failed or not.
    """

    installs: Sequence[str]
    runs: Sequence[str]
    runtimes: Mapping[str, str]
    variables: Mapping[str, str]
    role_arn: str | None = None
    files: Sequence[str] = ()
    exports: Sequence[str] = ()
    shows: str = ""

    def buildspec(self) -> str:
        """As CodeBuild takes it; JSON is YAML."""
        build: dict[str, object] = {"commands": [*(_ROLE if self.role_arn else ()), *self.runs]}
        if self.shows:
            build["finally"] = [f"cat {self.shows}"]
        phases: dict[str, object] = {"build": build}
        if self.installs:
            phases["install"] = {"runtime-versions": dict(self.runtimes), "commands": list(self.installs)}
        written: dict[str, object] = {"version": "0.2", "phases": phases}
        if self.exports:
            written["env"] = {"exported-variables": list(self.exports)}
        if self.files:
            written["artifacts"] = {"files": list(self.files), "exclude-paths": list(_NOT_NEEDED)}
        return json.dumps(written, indent=1)


class BuildProject(BaseConstruct):
    """Runs ``commands`` for the pipeline on ``machine``, with what ``grants`` allow.

    Its number of builds at a time is not limited: a limit makes a build fail where CodePipeline would wait for it.

    Provisions: an ``AWS::CodeBuild::Project``, its ``AWS::IAM::Role`` and its ``AWS::Logs::LogGroup``, which is kept
    for ``log_days``.

    See https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        description: str,
        commands: Commands,
        machine: BuildMachine,
        grants: Grants,
        encryption_key: kms.IKey,
        minutes: int,
        log_days: int,
    ) -> None:
        super().__init__(scope, id)
        group = logs.CfnLogGroup(self, "Logs", retention_in_days=log_days, kms_key_id=key_arn(encryption_key))
        group.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        allowed = Grants()
        allowed.allow("logs:CreateLogStream", "logs:PutLogEvents", on=group.attr_arn)
        if commands.role_arn:
            allowed.allow("sts:AssumeRole", on=commands.role_arn)
        allowed.include(grants)
        self.role: iam.CfnRole = service_role(
            self,
            service="codebuild.amazonaws.com",
            description=description,
            grants=allowed,
            conditions={"StringEquals": {"aws:SourceAccount": self.location.account}},
        )
        variables = {**commands.variables, **({"ROLE_ARN": commands.role_arn} if commands.role_arn else {})}
        project = codebuild.CfnProject(
            self,
            "Project",
            description=description,
            service_role=self.role.attr_arn,
            source={"type": "CODEPIPELINE", "buildSpec": commands.buildspec()},
            artifacts={"type": "CODEPIPELINE"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": machine.image,
                "computeType": machine.compute,
                "privilegedMode": machine.privileged,
                "environmentVariables": [{"name": name, "value": value} for name, value in variables.items()],
            },
            encryption_key=key_arn(encryption_key),
            logs_config={"cloudWatchLogs": {"status": "ENABLED", "groupName": group.ref}},
            timeout_in_minutes=minutes,
        )
        findings = Findings(project)
        findings.control(
            "CodeBuildProjectSourceRepoUrl",
            reason="The source is the pipeline's, which has a connection.",
        )
        if machine.privileged:
            findings.rule("AwsSolutions-CB3", reason="Builds images, for which Docker has to be there.")
        findings.write()
        self.name: str = project.ref
        self.arn: str = project.attr_arn
