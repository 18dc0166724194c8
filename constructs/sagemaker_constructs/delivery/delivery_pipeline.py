"""A pipeline of CodePipeline that takes changes from a push to production."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from aws_cdk import Duration
from aws_cdk import aws_codeconnections as codeconnections
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.access.topic_access import grant_publish, tell_topic
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.durations import days, seconds_of
from sagemaker_constructs.core.names import short_hash
from sagemaker_constructs.core.problems import Problem, in_range, matches, one_of, reject, unique, within
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.delivery.connected_repository import ConnectedRepository
from sagemaker_constructs.delivery.continuous import Continuous
from sagemaker_constructs.delivery.delivery_environment import DeliveryEnvironment
from sagemaker_constructs.delivery.delivery_steps import FINDINGS, REPORT, DeliverySteps
from sagemaker_constructs.delivery.pipeline import declaration as declared
from sagemaker_constructs.delivery.pipeline.build_project import BuildMachine, BuildProject, Commands
from sagemaker_constructs.delivery.smoke.smoke_test_grants import smoke_test_grants
from sagemaker_constructs.observability.retained_logs import ONE_YEAR, retention_problem
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import grant_read_objects, grant_write_objects

ExecutionMode = Literal["SUPERSEDED", "QUEUED", "PARALLEL"]
BuildSize = Literal["BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"]
_BOOTSTRAPPED = ("deploy", "file-publishing", "image-publishing", "lookup")
_SUMMARY = f"""export {declared.SUMMARY}="$(sed -n 's/^\\*\\*\\(.*\\)\\*\\*$/\\1/p' {REPORT} | head -n 1)" """.strip()
_MINUTES = {"Deploy": 480}
_ONE_BUILD = 60


class DeliveryPipeline(BaseConstruct):
    """Takes each push to ``repository`` through ``steps`` and ``environments``, of which the last is production.

    Stages: the source; tests beside synthesis; the change report beside the policy pack, both of production; for each
    environment one stage that deploys and then runs the smoke test, and before production the load test too if
    ``steps`` has one. ``continuous`` is the one switch: with ``Continuous.DELIVERY`` a stage before production waits
    for a person, who is shown the summary of the change report; with ``Continuous.DEPLOYMENT`` there is none.

    Templates are synthesized once, and each environment gets these. A stage that fails, or after which one of the
    environment's alarms goes off, is rolled back by CodePipeline: it runs again with the artifacts of the execution
    that succeeded there last, which deploys the previous templates. There has to be such an execution, in the present
    version of the pipeline: a change of the pipeline's own stages forgets those before it. Therefore the pipeline
    does not change itself; deploy its stack by hand, and commands can be changed without a new version.

    ``notify`` is told of an approval that waits and of executions that fail. ``approval_timeout`` is how long one may
    wait. ``execution_mode`` says what happens to a push while another one is under way: ``SUPERSEDED``, the newest
    one overtakes; ``QUEUED``, one after the other; ``PARALLEL`` rolls nothing back. ``builds_images`` lets the builds
    that deploy use Docker, which assets that are images need. Artifacts are kept ``keep_artifacts``, and can be
    rolled back to for as long.

    Provisions: an ``AWS::CodePipeline::Pipeline`` of the type V2, an ``AWS::CodeConnections::Connection`` unless it
    is given, an ``EncryptedBucket``, and for each build an ``AWS::CodeBuild::Project`` with role and log group.
    Defaults: continuous delivery, approvals within 7 days, artifacts and logs for a year.
    Raises ``InvalidInput`` for what AWS refuses of names, patterns and times, for environments or stacks that are
    none, and for steps without a command.

    See https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html,
    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-conditions.html and
    https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        repository: ConnectedRepository,
        environments: Sequence[DeliveryEnvironment],
        continuous: Continuous = Continuous.DELIVERY,
        steps: DeliverySteps | None = None,
        notify: sns.ITopic | None = None,
        approval_timeout: Duration | None = None,
        execution_mode: ExecutionMode = "SUPERSEDED",
        build_image: str = "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        build_size: BuildSize = "BUILD_GENERAL1_MEDIUM",
        builds_images: bool = False,
        encryption_key: kms.IKey | None = None,
        keep_artifacts: Duration | None = None,
        log_days: int = ONE_YEAR,
        qualifier: str = "hnb659fds",
    ) -> None:
        super().__init__(scope, id)
        self._steps = steps or DeliverySteps()
        waits = approval_timeout or days(7)
        reject(
            self,
            [
                *within("repository", repository.problems()),
                *_environment_problems(environments),
                *within("steps", self._steps.problems()),
                one_of("execution_mode", execution_mode, ExecutionMode.__args__),
                one_of("build_size", build_size, BuildSize.__args__),
                in_range("approval_timeout", seconds_of(waits) // 60, 5, 86_400, unit="minutes"),
                retention_problem("log_days", log_days),
                matches("qualifier", qualifier, r"[a-z0-9]{1,10}", "1 to 10 lower-case letters and digits"),
            ],
        )
        self._key = encryption_key or EncryptionKey.of(self)
        self.artifacts: s3.IBucket = EncryptedBucket(
            self, "Artifacts", encryption_key=self._key, expire_after=keep_artifacts or days(365)
        )
        self._machine = BuildMachine(build_image, build_size, privileged=False)
        self._docker = BuildMachine(build_image, build_size, privileged=builds_images)
        self._log_days = log_days
        self._qualifier = qualifier
        self._builds: dict[str, BuildProject] = {}
        self.continuous: Continuous = continuous
        self.environments: tuple[DeliveryEnvironment, ...] = tuple(environments)
        self.connection_arn: str = repository.connection_arn or self._connection(repository)
        topic_arn = notify.topic_arn if notify else None
        stages = [declared.source_stage(repository, self.connection_arn), *self._checks(environments[-1])]
        for each in environments:
            if each is environments[-1] and continuous is Continuous.DELIVERY:
                minutes = round(seconds_of(waits) // 60)
                stages.append(declared.approval_stage(each, topic_arn=topic_arn, minutes=minutes))
            stages.append(self._deployment(each, production=each is environments[-1]))
        role = service_role(
            self,
            service="codepipeline.amazonaws.com",
            description="Takes changes from a push to production",
            grants=self._rights(notify),
        )
        store = {
            "type": "S3",
            "location": self.artifacts.bucket_name,
            "encryptionKey": {"id": self._key.key_arn, "type": "KMS"},
        }
        triggers = [declared.trigger(repository)]
        declaration = {
            "roleArn": role.attr_arn,
            "artifactStore": store,
            "pipelineType": "V2",
            "executionMode": execution_mode,
            "triggers": triggers,
            "stages": stages,
        }
        reject(self, request_problems("CreatePipeline", {"pipeline": declaration}, _ARGUMENTS))
        pipeline = codepipeline.CfnPipeline(
            self,
            "Pipeline",
            role_arn=role.attr_arn,
            artifact_store=store,
            pipeline_type="V2",
            execution_mode=execution_mode,
            triggers=triggers,
            stages=stages,
            # A new version of the pipeline, and nothing to roll back to, is no reason to deploy again.
            restart_execution_on_update=False,
        )
        depend(pipeline, role)
        self.pipeline_name: str = pipeline.ref
        self.pipeline_arn: str = self.location.arn("codepipeline", self.pipeline_name)
        if notify:
            tell_topic(
                self,
                "Failures",
                topic=notify,
                description="Tells of changes that do not reach production",
                pattern={
                    "source": ["aws.codepipeline"],
                    "detail-type": ["CodePipeline Pipeline Execution State Change"],
                    "detail": {"pipeline": [self.pipeline_name], "state": ["FAILED"]},
                },
            )

    def grant_approve(self, grantee: iam.IGrantable) -> None:
        """Let ``grantee`` see what waits for approval, and approve or reject it.

        See https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-iam-permissions.html
        """
        grants = Grants()
        grants.allow("codepipeline:GetPipelineState", "codepipeline:GetPipelineExecution", on=self.pipeline_arn)
        action = f"{self.pipeline_arn}/{declared.APPROVAL}/{declared.APPROVAL}"
        grants.allow("codepipeline:PutApprovalResult", on=action)
        give(grantee, grants)

    def grant_start(self, grantee: iam.IGrantable) -> None:
        """Let ``grantee`` start an execution without a push, and roll a stage back."""
        grants = Grants()
        grants.allow("codepipeline:StartPipelineExecution", "codepipeline:GetPipelineExecution", on=self.pipeline_arn)
        grants.allow("codepipeline:RollbackStage", on=[self._stage_arn(each) for each in self.environments])
        give(grantee, grants)

    def smoke_test_role(self, environment: str) -> iam.IRole:
        """The role of the smoke test of an environment, to grant it what asynchronous requests need: their bucket."""
        project = self._builds[f"Smoke-{environment}"]
        return iam.Role.from_role_arn(self, f"SmokeRole-{environment}", project.role.attr_arn)

    def _stage_arn(self, environment: DeliveryEnvironment) -> str:
        return f"{self.pipeline_arn}/{declared.stage_name(environment)}"

    def _connection(self, repository: ConnectedRepository) -> str:
        # A connection of another provider replaces this one, and both are there for a while.
        name = f"{short_hash(self.path)}-{short_hash(repository.provider)}"
        made = codeconnections.CfnConnection(
            self, "Connection", connection_name=name, provider_type=repository.provider
        )
        return made.attr_connection_arn

    def _build(
        self,
        name: str,
        runs: Sequence[str],
        environment: DeliveryEnvironment,
        *,
        grants: Grants | None = None,
        as_role: bool = False,
        files: Sequence[str] = (),
        exports: Sequence[str] = (),
        shows: str = "",
    ) -> str:
        """The name of a project that runs some commands for an environment."""
        allowed = Grants()
        for grant in (grant_read_objects, grant_write_objects):
            grant(self.artifacts, allowed, "*")
        if grants:
            allowed.include(grants)
        step = name.partition("-")[0]
        self._builds[name] = BuildProject(
            self,
            name,
            description=f"{step} of changes on their way to {environment.name}",
            commands=Commands(
                installs=self._steps.install,
                runs=runs,
                runtimes=self._steps.runtimes,
                variables={"ENVIRONMENT": environment.name, "ASSEMBLY": environment.folder},
                role_arn=environment.role_arn if as_role else None,
                files=files,
                exports=exports,
                shows=shows,
            ),
            machine=self._docker if step == "Deploy" else self._machine,
            grants=allowed,
            encryption_key=self._key,
            minutes=_MINUTES.get(step, _ONE_BUILD),
            log_days=self._log_days,
        )
        return self._builds[name].name

    def _checks(self, production: DeliveryEnvironment) -> Iterator[declared.Stage]:
        """What needs no deployment: tests and synthesis, then the report and the policy pack."""
        test = self._build("Test", self._steps.test, production)
        synth = self._build("Synth", self._steps.synth, production, files=["**/*"])
        build = declared.build_action
        yield {
            "name": "Build",
            "actions": [
                build("Test", test, reads=declared.SOURCE),
                build("Synth", synth, reads=declared.SOURCE, writes=declared.ASSEMBLY),
            ],
        }
        report = self._build(
            "Report",
            [*self._steps.report, _SUMMARY],
            production,
            grants=self._reading(production),
            as_role=True,
            files=[REPORT],
            exports=[declared.SUMMARY],
            shows=REPORT,
        )
        security = self._build("Security", self._steps.security, production, files=[FINDINGS])
        yield {
            "name": "Review",
            "actions": [
                build("Report", report, reads=declared.ASSEMBLY, writes="Report", reports=True),
                build("Security", security, reads=declared.ASSEMBLY, writes="Findings"),
            ],
        }

    def _deployment(self, environment: DeliveryEnvironment, *, production: bool) -> declared.Stage:
        """The stage of an environment."""
        name = environment.name
        asking = smoke_test_grants(
            self.location, environment.stacks, account=environment.account, region=environment.region
        )
        deploy = self._build(f"Deploy-{name}", self._steps.deploy, environment, grants=self._deploying(environment))
        smoke = self._build(f"Smoke-{name}", self._steps.smoke, environment, grants=asking, as_role=True)
        build = declared.build_action
        actions = [
            build("Deploy", deploy, reads=declared.ASSEMBLY, order=1),
            build("SmokeTest", smoke, reads=declared.ASSEMBLY, order=2),
        ]
        if self._steps.load and not production:
            load = self._build(f"Load-{name}", self._steps.load, environment, grants=asking, as_role=True)
            actions.append(build("LoadTest", load, reads=declared.ASSEMBLY, order=3))
        return declared.environment_stage(environment, actions, self.location.region)

    def _place(self, environment: DeliveryEnvironment, service: str) -> str:
        """What ARNs of a service in an environment begin with."""
        account, region = environment.account or self.location.account, environment.region or self.location.region
        return f"arn:{self.location.partition}:{service}:{region}:{account}"

    def _reading(self, environment: DeliveryEnvironment) -> Grants:
        """Reads the templates of an environment's stacks."""
        grants = Grants()
        place = self._place(environment, "cloudformation")
        grants.allow(
            "cloudformation:DescribeStackResource",
            "cloudformation:GetTemplate",
            on=[f"{place}:stack/{each}/*" for each in environment.stacks],
            because="Stacks get a number of their own when they are made.",
        )
        return grants

    def _deploying(self, environment: DeliveryEnvironment) -> Grants:
        """Becomes the roles of the CDK's bootstrap, of the environment alone."""
        account, region = environment.account or self.location.account, environment.region or self.location.region
        grants = Grants()
        roles = f"arn:{self.location.partition}:iam::{account}:role/cdk-{self._qualifier}"
        grants.allow("sts:AssumeRole", on=[f"{roles}-{each}-role-{account}-{region}" for each in _BOOTSTRAPPED])
        return grants

    def _rights(self, notify: sns.ITopic | None) -> Grants:
        """What the pipeline's own role may do."""
        grants = Grants()
        grant_read_objects(self.artifacts, grants, "*")
        grant_write_objects(self.artifacts, grants, "*")
        service = "codestar-connections" if ":codestar-connections:" in self.connection_arn else "codeconnections"
        grants.allow(f"{service}:UseConnection", on=self.connection_arn)
        builds = [each.arn for each in self._builds.values()]
        grants.allow("codebuild:StartBuild", "codebuild:BatchGetBuilds", on=builds)
        for each in self.environments:
            place = self._place(each, "cloudwatch")
            if each.role_arn and each.alarms:
                grants.allow("sts:AssumeRole", on=each.role_arn)
            elif each.alarms:
                grants.allow("cloudwatch:DescribeAlarms", on=[f"{place}:alarm:{name}" for name in each.alarms])
        if notify:
            grant_publish(notify, grants)
        return grants


_ARGUMENTS: Mapping[str, str] = {
    "pipeline": "",
    "pipeline.stages[]": "stages",
    "executionMode": "execution_mode",
}


def _environment_problems(environments: Sequence[DeliveryEnvironment]) -> Iterator[Problem | None]:
    if not environments:
        yield Problem("environments", "must name at least one environment, got: none")
    for index, each in enumerate(environments):
        yield from within(f"environments[{index}]", each.problems())
        if each.account is not None and each.role_arn is not None and f"::{each.account}:" not in each.role_arn:
            path = f"environments[{index}].role_arn"
            yield Problem(path, f"must be a role of the account {each.account}, got: {each.role_arn!r}")
    yield from unique({f"environments[{index}].name": each.name for index, each in enumerate(environments)})
