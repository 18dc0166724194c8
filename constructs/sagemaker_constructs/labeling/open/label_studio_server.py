"""A Label Studio of one's own."""

import json
from collections.abc import Iterator, Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.acknowledgement import Findings, acknowledge_each_in_template
from sagemaker_constructs.core.base_construct import BaseConstruct, depend, path_within_stack
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, reject, unique, within
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.labeling.label_studio_project import LabelStudioProject
from sagemaker_constructs.labeling.labeling_people import LabelingPeopleBase
from sagemaker_constructs.labeling.open.label_studio_database import PORT as DATABASE_PORT
from sagemaker_constructs.labeling.open.label_studio_database import DatabaseCapacity, LabelStudioDatabase
from sagemaker_constructs.labeling.open.label_studio_entrance import ANYWHERE, LabelStudioEntrance
from sagemaker_constructs.labeling.open.label_studio_size import LabelStudioSize
from sagemaker_constructs.labeling.open.sign_on_load_balancer import SignOnLoadBalancer
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule
from sagemaker_constructs.observability.retained_logs import ONE_YEAR, retention_problem
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import key_arn

_PORT = 8080
HEALTH_PATH, HEALTHY = "/health", 200
"""What the load balancer asks, without tokens, and what a server answers that is well.

It answers before it asks its database: one that is asked every half minute never pauses.
"""
_CONTAINER = "label-studio"
IMPORT_FAILED = "IMPORT FAILED"
"""How lines of the log begin that tell of tasks which could not be imported."""
_BALANCERS, _NAMESPACE = "AWS/ApplicationELB", "SageMakerConstructs"
_GRACE_SECONDS = 600
_MOST_LETTERS = 50
_USUAL_SIZE, _USUAL_CAPACITY = LabelStudioSize(), DatabaseCapacity()
_SIGNING_KEYS = "https://public-keys.auth.elb"
_ELSEWHERE = ("cn-", "us-gov-", "us-iso", "eu-isoe-")
_FIXED = "What signs cookies: another one signs everybody out, and nothing but the server reads it."
_COSTS = "Container Insights is billed by the metric; CPU and memory of the service are metrics of ECS without it."
_WRITTEN = {"data": "/label-studio/data", "temporary": "/tmp"}
"""Volumes of the task, new each time it starts, and where the image has them: all else cannot be written."""


class LabelStudioServer(BaseConstruct):
    """A Label Studio in private subnets of ``vpc``, with ``projects``, for ``people`` who sign on at ``entrance``.

    Its projects are made when it starts, and brought up to date with each change of them. It reads their tasks, shows
    their images by signed addresses, which people's browsers fetch from S3, and writes answers to where each project
    makes labels of them. Whoever is in the group ``managers`` may do everything, who is in ``annotators`` may label:
    an administrator adds people of the user pool to these groups. There is no other way in.

    ``image`` is the library's own by default; another one has the certificate authorities of RDS in the same place,
    and volumes at the same paths, as the server cannot write elsewhere. ``size`` is that of the server, of which
    there is one: it makes the tables of its database and the projects when it starts, which two at once must not.
    Each deployment stops it before the next one starts, for a minute or two, and one that does not become healthy is
    rolled back.

    ``database_capacity`` is that of its database, which pauses by default while nobody labels; see
    ``LabelStudioDatabase`` for it and for ``engine_version``, ``backup_days``, ``deletion_protection`` and
    ``removal_policy``, which are about the database alone. Labels are in S3, whatever becomes of it. A first
    deployment that fails cannot be rolled back while ``deletion_protection`` is on.

    Everything is encrypted with ``encryption_key``, which has to let CloudWatch Logs use it and is by default the
    stack's own ``EncryptionKey``. Logs are kept for ``log_retention_days``, and stay when the stack goes.

    The private subnets need a way to the internet: load balancer and server ask Cognito, and the server fetches the
    keys of load balancers, neither of which has an address inside a VPC.

    Provisions: a ``SignOnLoadBalancer``, a ``LabelStudioDatabase``, ``AWS::ECS::Cluster``, ``TaskDefinition`` and
    ``Service``, two ``AWS::Cognito::UserPoolGroup``, two ``AWS::IAM::Role``, an ``AWS::EC2::SecurityGroup``, an
    ``AWS::SecretsManager::Secret``, and an ``AWS::Logs::LogGroup`` with an ``AWS::Logs::MetricFilter``.
    Raises ``InvalidInput`` for a VPC without private subnets in two zones, a region in which load balancers do not
    sign people on with Cognito, no project, two projects of one name, and what AWS's rules refuse.

    See https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        projects: Sequence[LabelStudioProject],
        people: LabelingPeopleBase,
        entrance: LabelStudioEntrance,
        vpc: ec2.IVpc,
        image: ModelImage | None = None,
        size: LabelStudioSize = _USUAL_SIZE,
        database_capacity: DatabaseCapacity = _USUAL_CAPACITY,
        engine_version: str = "17.7",
        backup_days: int = 14,
        deletion_protection: bool = True,
        encryption_key: kms.IKey | None = None,
        log_retention_days: int = ONE_YEAR,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(scope, id)
        taken = {"requiresCompatibilities": ["FARGATE"], "cpu": size.cpu, "memory": size.memory}
        private = [subnet.subnet_id for subnet in vpc.private_subnets]
        public = [subnet.subnet_id for subnet in vpc.public_subnets] if entrance.internet_facing else []
        reject(
            self,
            [
                *within("entrance", entrance.problems()),
                *within("size", request_problems("RegisterTaskDefinition", taken)),
                *_project_problems(projects),
                _region_problem(self.location.region),
                _certificate_problem(entrance.certificate.certificate_arn, self.location.region),
                _subnets_problem("private", private),
                _subnets_problem("public", public) if entrance.internet_facing else None,
                retention_problem("log_retention_days", log_retention_days),
            ],
        )
        key = encryption_key or EncryptionKey.of(self)
        vpc_id = vpc.vpc_id
        self.managers: str = self._group("Managers", people, "May do everything in Label Studio")
        self.annotators: str = self._group("Annotators", people, "May label in Label Studio")
        self.load_balancer: SignOnLoadBalancer = SignOnLoadBalancer(
            self,
            "LoadBalancer",
            vpc_id=vpc_id,
            subnet_ids=public or private,
            entrance=entrance,
            people=people,
            port=_PORT,
            health_path=HEALTH_PATH,
            healthy=HEALTHY,
        )
        self.database: LabelStudioDatabase = LabelStudioDatabase(
            self,
            "Database",
            vpc_id=vpc_id,
            subnet_ids=private,
            encryption_key=key,
            capacity=database_capacity,
            engine_version=engine_version,
            backup_days=backup_days,
            deletion_protection=deletion_protection,
            removal_policy=removal_policy,
        )
        self.url: str = f"https://{entrance.domain_name}"
        self.load_balancer_dns_name: str = self.load_balancer.dns_name
        """What a record of your DNS points to, as an alias or a CNAME."""
        self.security_group_id: str = self._network(vpc_id)
        region = self.location.region
        environment = {
            **self.database.environment(),
            "AWS_REGION": region,
            "LABELING_LOAD_BALANCER": self.load_balancer.arn,
            "LABELING_CLIENT": self.load_balancer.client_id,
            "LABELING_ISSUER": f"https://cognito-idp.{region}.amazonaws.com/{people.user_pool_id}",
            "LABELING_SIGNING_KEYS": f"{_SIGNING_KEYS}.{region}.amazonaws.com",
            "LABELING_MANAGERS": self.managers,
            "LABELING_ANNOTATORS": self.annotators,
            "LABELING_PROJECTS": json.dumps([each.description() for each in projects], separators=(",", ":")),
        }
        definition = self._definition(
            image or ModelImage.from_library("label_studio"), size, key, environment, projects, log_retention_days
        )
        self._service(definition, private)

    @property
    def role(self) -> iam.IRole:
        """What the server runs as, for grants of other constructs."""
        return iam.Role.from_role_name(self, "Reference", self._role.ref)

    @property
    def watched_name(self) -> str:
        """Its path within its stack."""
        return path_within_stack(self)

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: ``Alarms`` makes those of ``alarm_rules``."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """The server is not well, answers with errors, cannot import tasks, or its database has all that it may.

        A deployment stops the server for a minute or two, which is no alarm. ``thresholds.errors`` is of responses
        with a status of 5xx, of the server and of the load balancer, in a minute.

        See https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
        and https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
        """
        unwell, theirs, own, capacity, failed = self._measured()
        yield AlarmRule("Unhealthy", "servers that are not well", [unwell], 1, minutes=10, breaching=10)
        yield AlarmRule("Errors", "responses 5xx", [theirs, own], thresholds.errors)
        yield AlarmRule(
            "Capacity", "percent of the database's most capacity", [capacity], 100, minutes=15, breaching=15
        )
        yield AlarmRule("FailedImports", "times tasks could not be imported", [failed], 1, minutes=5, breaching=3)

    def dashboard_sections(self) -> Iterator[Section]:
        """Requests that failed, the server's health, and the capacity of its database."""
        unwell, theirs, own, capacity, failed = self._measured()
        first = [Graph("Responses 5xx", [theirs, own]), Graph("Servers that are not well", [unwell])]
        second = [Graph("Percent of the database's capacity", [capacity]), Graph("Failed imports", [failed])]
        yield Section(f"Label Studio {self.watched_name}", [first, second])

    def _measured(self) -> Sequence[Measurement]:
        balancer = {"LoadBalancer": self.load_balancer.full_name}
        server = {**balancer, "TargetGroup": self.load_balancer.target_group_full_name}
        return (
            Measurement(Measured("UnHealthyHostCount", "Maximum", _BALANCERS), server),
            Measurement(Measured("HTTPCode_Target_5XX_Count", "Sum", _BALANCERS), server),
            Measurement(Measured("HTTPCode_ELB_5XX_Count", "Sum", _BALANCERS), balancer),
            Measurement(
                Measured("ACUUtilization", "Average", "AWS/RDS"), {"DBClusterIdentifier": self.database.cluster_id}
            ),
            Measurement(Measured(self._imports, "Sum", _NAMESPACE), {}),
        )

    @property
    def _imports(self) -> str:
        return f"{physical_name(self, 100)}-failed-imports"

    def _group(self, id: str, people: LabelingPeopleBase, description: str) -> str:
        return cognito.CfnUserPoolGroup(self, id, user_pool_id=people.user_pool_id, description=description).ref

    def _network(self, vpc_id: str) -> str:
        group = ec2.CfnSecurityGroup(
            self,
            "SecurityGroup",
            group_description="Label Studio: in from its load balancer, out to AWS and its database",
            security_group_egress=[
                {
                    "cidrIp": ANYWHERE,
                    "description": "S3, Cognito, the keys of load balancers, and what starts the task",
                    "fromPort": 443,
                    "ipProtocol": "tcp",
                    "toPort": 443,
                }
            ],
            vpc_id=vpc_id,
        ).attr_group_id
        ec2.CfnSecurityGroupEgress(
            self,
            "ToDatabase",
            group_id=group,
            destination_security_group_id=self.database.security_group_id,
            ip_protocol="tcp",
            from_port=DATABASE_PORT,
            to_port=DATABASE_PORT,
            description="Database",
        )
        self.load_balancer.allow_to(group)
        self.database.allow(group)
        return group

    def _definition(
        self,
        image: ModelImage,
        size: LabelStudioSize,
        key: kms.IKey,
        environment: dict[str, str],
        projects: Sequence[LabelStudioProject],
        log_retention_days: int,
    ) -> ecs.CfnTaskDefinition:
        secret = secretsmanager.CfnSecret(
            self,
            "Cookies",
            description=f"Signs the cookies of {self.path}",
            kms_key_id=key_arn(key),
            generate_secret_string={"passwordLength": 64, "excludePunctuation": True},
        )
        secret.apply_removal_policy(RemovalPolicy.DESTROY)
        group = logs.CfnLogGroup(self, "Logs", kms_key_id=key_arn(key), retention_in_days=log_retention_days)
        group.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        logs.CfnMetricFilter(
            self,
            "FailedImports",
            log_group_name=group.ref,
            filter_pattern=f'"{IMPORT_FAILED}"',
            metric_transformations=[
                {"metricNamespace": _NAMESPACE, "metricName": self._imports, "metricValue": "1", "defaultValue": 0}
            ],
        )
        starting, running = Grants(), Grants()
        image_uri = image.bind(self, starting)
        starting.allow("logs:CreateLogStream", "logs:PutLogEvents", on=group.attr_arn)
        starting.allow("secretsmanager:GetSecretValue", on=[secret.ref, self.database.secret_arn])
        starting.allow("kms:Decrypt", on=key_arn(key))
        for project in projects:
            running.include(project.label_grants())
        ecs_tasks, location = "ecs-tasks.amazonaws.com", self.location
        # ECS documents these keys for the role that a task runs as, and not for the one that starts it.
        execution = service_role(
            self, "ExecutionRole", service=ecs_tasks, description=f"Starts {self.path}", grants=starting
        )
        self._role = service_role(
            self,
            "Role",
            service=ecs_tasks,
            description=f"What {self.path} may do",
            grants=running,
            conditions={
                "StringEquals": {"aws:SourceAccount": location.account},
                "ArnLike": {"aws:SourceArn": location.arn("ecs", "*")},
            },
        )
        container: dict[str, object] = {
            "name": _CONTAINER,
            "image": image_uri,
            "essential": True,
            "portMappings": [{"containerPort": _PORT, "protocol": "tcp"}],
            "readonlyRootFilesystem": True,
            "mountPoints": [
                {"sourceVolume": name, "containerPath": place, "readOnly": False} for name, place in _WRITTEN.items()
            ],
            "environment": [{"name": name, "value": value} for name, value in environment.items()],
            "secrets": [
                {"name": "SECRET_KEY", "valueFrom": secret.ref},
                {"name": "POSTGRE_PASSWORD", "valueFrom": f"{self.database.secret_arn}:password::"},
            ],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": group.ref,
                    "awslogs-region": location.region,
                    "awslogs-stream-prefix": _CONTAINER,
                },
            },
        }
        definition = ecs.CfnTaskDefinition(
            self,
            "Definition",
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            runtime_platform={
                "cpuArchitecture": "ARM64" if image.architecture == "arm64" else "X86_64",
                "operatingSystemFamily": "LINUX",
            },
            execution_role_arn=execution.attr_arn,
            task_role_arn=self._role.attr_arn,
            cpu=size.cpu,
            memory=size.memory,
            container_definitions=[container],
            volumes=[{"name": name} for name in _WRITTEN],
        )
        self._accept()
        return definition

    def _service(self, definition: ecs.CfnTaskDefinition, subnet_ids: Sequence[str]) -> None:
        cluster = ecs.CfnCluster(self, "Cluster")
        acknowledge_each_in_template(cluster, {"CKV_AWS_65": _COSTS})
        service = ecs.CfnService(
            self,
            "Service",
            cluster=cluster.ref,
            task_definition=definition.ref,
            launch_type="FARGATE",
            desired_count=1,
            # One at a time: the next one changes tables and projects that this one works with.
            deployment_configuration={
                "minimumHealthyPercent": 0,
                "maximumPercent": 100,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            },
            # On by default, and refused where only one may run.
            availability_zone_rebalancing="DISABLED",
            health_check_grace_period_seconds=_GRACE_SECONDS,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            load_balancers=[
                {
                    "containerName": _CONTAINER,
                    "containerPort": _PORT,
                    "targetGroupArn": self.load_balancer.target_group_arn,
                }
            ],
            network_configuration={
                "awsvpcConfiguration": {
                    "assignPublicIp": "DISABLED",
                    "subnets": list(subnet_ids),
                    "securityGroups": [self.security_group_id],
                }
            },
        )
        depend(service, self.load_balancer.listener, self.database.ready)

    def _accept(self) -> None:
        findings = Findings(self)
        findings.rule("AwsSolutions-SMG4", reason=_FIXED)
        findings.control("SecretsManagerRotationEnabled", reason=_FIXED)
        findings.rule("AwsSolutions-ECS4", reason=_COSTS)
        findings.rule(
            "AwsSolutions-ECS2",
            reason="Variables name resources and projects; both secrets come from Secrets Manager.",
        )
        findings.write()


def _project_problems(projects: Sequence[LabelStudioProject]) -> Iterator[Problem]:
    if not projects:
        yield Problem("projects", "must hold one or more, got: none")
    yield from unique({f"projects[{index}].name": each.name for index, each in enumerate(projects)})
    for index, each in enumerate(projects):
        if not 3 <= len(each.name) <= _MOST_LETTERS:
            words = f"must have 3 to {_MOST_LETTERS} letters, as projects of Label Studio have"
            yield Problem(f"projects[{index}].name", f"{words}, got: {each.name!r}")


def _region_problem(region: str) -> Problem | None:
    if is_token(region) or not region.startswith(_ELSEWHERE):
        return None
    return Problem("env.region", f"must be one in which load balancers sign people on with Cognito, got: {region!r}")


def _certificate_problem(arn: str, region: str) -> Problem | None:
    """Rule: a listener takes certificates of its region.

    See https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html
    """
    if is_token(arn) or is_token(region) or arn.split(":")[3] == region:
        return None
    return Problem("entrance.certificate", f"must be of the region {region}, got: {arn}")


def _subnets_problem(kind: str, subnet_ids: Sequence[str]) -> Problem | None:
    if len(subnet_ids) >= 2:
        return None
    way = "a NAT gateway" if kind == "private" else "an internet gateway"
    words = f"must have two or more {kind} subnets, in two zones, whose way to the internet is {way}"
    return Problem("vpc", f"{words}, got: {len(subnet_ids)}")
