"""A Label Studio of one's own: who reaches it, what it may do, what stays, and what is refused."""

import ast
import json
import re
from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import App, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from harness.documents import PROJECT
from harness.policies import actions_of, allowed, statements
from harness.rules.servers.label_studio import CERTIFICATE, server, vpc
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.labeling import (
    DatabaseCapacity,
    LabelingInput,
    LabelingPeople,
    LabelingTask,
    LabelStudioProject,
    LabelStudioSize,
)
from sagemaker_constructs.labeling.open.label_studio_database import CERTIFICATES
from sagemaker_constructs.observability import Alarms
from sagemaker_constructs.storage import AccessLogBucket

PACKS = (
    cdk_nag.AwsSolutionsChecks,
    cdk_nag.HIPAASecurityChecks,
    cdk_nag.NIST80053R4Checks,
    cdk_nag.NIST80053R5Checks,
    cdk_nag.PCIDSS321Checks,
)


def _one(stack: Stack, type_: str) -> dict[str, Any]:
    [found] = Template.from_stack(stack).find_resources(type_).values()
    return cast("dict[str, Any]", found)


def _properties(stack: Stack, type_: str) -> dict[str, Any]:
    return _one(stack, type_)["Properties"]


def _attributes(listed: list[dict[str, str]]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in listed}


def _variables(stack: Stack) -> dict[str, Any]:
    [container] = _properties(stack, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    return {each["Name"]: each["Value"] for each in container["Environment"]}


def _rules_between(template: Mapping[str, Any], kind: str) -> set[tuple[str, str, int]]:
    """From or to whom each security group has a rule of its own, by the first part of its construct's name."""
    found: set[tuple[str, str, int]] = set()
    for resource in template["Resources"].values():
        if resource["Type"] == f"AWS::EC2::SecurityGroup{kind}":
            given = resource["Properties"]
            other = given["SourceSecurityGroupId" if kind == "Ingress" else "DestinationSecurityGroupId"]
            ports = {given["FromPort"], given["ToPort"]}
            assert given["IpProtocol"] == "tcp"
            assert len(ports) == 1
            found.add((_group(given["GroupId"]), _group(other), ports.pop()))
    return found


def _group(reference: Mapping[str, Any]) -> str:
    name = str(reference["Fn::GetAtt"][0])
    return next((part for part in ("LoadBalancer", "Database") if part in name), "Server")


def test_people_sign_on_before_anything_reaches_the_server(stack: Stack) -> None:
    made = server(stack)
    listener = _properties(stack, "AWS::ElasticLoadBalancingV2::Listener")
    assert (listener["Port"], listener["Protocol"]) == (443, "HTTPS")
    assert listener["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-")
    assert listener["Certificates"] == [{"CertificateArn": CERTIFICATE}]
    sign_on, forward = listener["DefaultActions"]
    assert (sign_on["Type"], forward["Type"]) == ("authenticate-cognito", "forward")
    assert sign_on["Order"] < forward["Order"]
    configuration = sign_on["AuthenticateCognitoConfig"]
    assert configuration["OnUnauthenticatedRequest"] == "authenticate"
    assert configuration["Scope"].split() == ["openid", "email"]
    assert configuration["SessionTimeout"] == str(8 * 3600)
    balancer = _properties(stack, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internal"
    assert balancer["Subnets"] == ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]
    attributes = _attributes(balancer["LoadBalancerAttributes"])
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert attributes["routing.http.desync_mitigation_mode"] == "defensive"
    assert attributes["routing.http.preserve_host_header.enabled"] == "true"
    client = _properties(stack, "AWS::Cognito::UserPoolClient")
    assert client["GenerateSecret"]
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthScopes"] == ["openid", "email"]
    assert client["CallbackURLs"] == ["https://labels.example.com/oauth2/idpresponse"]
    assert client["RefreshTokenValidity"] == 480
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert made.url == "https://labels.example.com"


def test_nobody_goes_round_the_load_balancer(stack: Stack) -> None:
    server(stack)
    template = Template.from_stack(stack).to_json()
    inward = {("Server", "LoadBalancer", 8080), ("Database", "Server", 5432)}
    assert _rules_between(template, "Ingress") == inward
    assert _rules_between(template, "Egress") == {(other, own, port) for own, other, port in inward}
    groups = {
        name: each["Properties"]
        for name, each in template["Resources"].items()
        if each["Type"] == "AWS::EC2::SecurityGroup"
    }
    assert len(groups) == 3
    within = {name: given.get("SecurityGroupIngress", []) for name, given in groups.items()}
    [people] = [rules for rules in within.values() if rules]
    assert [(rule["CidrIp"], rule["FromPort"], rule["ToPort"]) for rule in people] == [("192.0.2.0/24", 443, 443)]
    for name, given in groups.items():
        [outward] = given["SecurityGroupEgress"]
        reached = outward["CidrIp"], outward["FromPort"]
        assert reached == (("255.255.255.255/32", 252) if "Database" in name else ("0.0.0.0/0", 443))
    service = _properties(stack, "AWS::ECS::Service")
    network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["AssignPublicIp"] == "DISABLED"
    assert network["Subnets"] == ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]


def test_the_server_is_told_whom_to_trust_and_what_to_make(stack: Stack) -> None:
    server(stack)
    given = _variables(stack)
    assert "LoadBalancer" in given["LABELING_LOAD_BALANCER"]["Ref"]
    assert given["LABELING_CLIENT"] == {
        "Ref": next(iter(Template.from_stack(stack).find_resources("AWS::Cognito::UserPoolClient")))
    }
    issuer = "".join(part if isinstance(part, str) else "pool" for part in given["LABELING_ISSUER"]["Fn::Join"][1])
    assert issuer == "https://cognito-idp.us-east-1.amazonaws.com/pool"
    assert given["LABELING_SIGNING_KEYS"] == "https://public-keys.auth.elb.us-east-1.amazonaws.com"
    assert given["AWS_REGION"] == "us-east-1"
    assert (given["PGSSLMODE"], given["PGSSLROOTCERT"]) == ("verify-full", CERTIFICATES)
    assert (given["DJANGO_DB"], given["POSTGRE_PORT"], given["POSTGRE_NAME"]) == ("default", "5432", "labelstudio")
    assert given["LABELING_MANAGERS"] != given["LABELING_ANNOTATORS"]
    groups = Template.from_stack(stack).find_resources("AWS::Cognito::UserPoolGroup")
    assert {given[name]["Ref"] for name in ("LABELING_MANAGERS", "LABELING_ANNOTATORS")} == groups.keys()
    parts: list[Any] = given["LABELING_PROJECTS"]["Fn::Join"][1]
    [project] = json.loads("".join(part if isinstance(part, str) else "folder" for part in parts))
    assert project["annotations"].startswith("s3://example-sagemaker-data/labels/")
    assert project | {"annotations": ""} == {
        "name": "Digits",
        "folder": "s3://example-sagemaker-data/folder",
        "annotations": "",
        "images": "example-sagemaker-data",
        "key": "",
        "inputs": "",
        "people": 2,
    }
    [container] = _properties(stack, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    assert {each["Name"] for each in container["Secrets"]} == {"SECRET_KEY", "POSTGRE_PASSWORD"}
    assert not {"SECRET_KEY", "POSTGRE_PASSWORD"} & given.keys()


def test_what_should_wake_somebody_does(stack: Stack) -> None:
    studio = server(stack)
    Alarms(stack, "Alarms", watched=[studio], topic=cast(sns.ITopic, sns.Topic(stack, "Topic")))
    template = Template.from_stack(stack)
    alarms = [each["Properties"] for each in template.find_resources("AWS::CloudWatch::Alarm").values()]
    single = {each["MetricName"]: each for each in alarms if "MetricName" in each}
    assert {"UnHealthyHostCount", "ACUUtilization"} <= single.keys()
    assert single["UnHealthyHostCount"]["DatapointsToAlarm"] == 10
    assert {each["Name"] for each in single["UnHealthyHostCount"]["Dimensions"]} == {"LoadBalancer", "TargetGroup"}
    [filtered] = [each["Properties"] for each in template.find_resources("AWS::Logs::MetricFilter").values()]
    [imports] = filtered["MetricTransformations"]
    assert imports["MetricName"] in single
    [several] = [each["Metrics"] for each in alarms if "Metrics" in each]
    named = {each["MetricStat"]["Metric"]["MetricName"] for each in several if "MetricStat" in each}
    assert named == {"HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"}
    assert [section.title for section in studio.dashboard_sections()] == ["Label Studio Studio"]
    # The filter looks for what the image says.
    program = PROJECT / "containers" / "label_studio" / "labeling_server" / "arrivals.py"
    assert f'"{filtered["FilterPattern"].strip(chr(34))}: tasks of' in program.read_text(encoding="utf-8")


def test_the_image_is_told_all_that_it_reads(stack: Stack) -> None:
    program = PROJECT / "containers" / "label_studio" / "labeling_server"
    needed = {
        name
        for module in program.glob("*.py")
        for name in re.findall(r'os\.environ\["(\w+)"\]', module.read_text(encoding="utf-8"))
    }
    server(stack)
    assert "LABELING_LOAD_BALANCER" in needed
    assert needed <= _variables(stack).keys()
    [wanted] = [
        node
        for node in ast.parse((program / "projects.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == "Wanted"
    ]
    members = [each.target for each in wanted.body if isinstance(each, ast.AnnAssign)]
    project = stack.node.find_child("Digits")
    assert isinstance(project, LabelStudioProject)
    assert [each.id for each in members if isinstance(each, ast.Name)] == list(project.description())


def test_a_text_needs_no_bucket_of_images_and_a_key_is_told(stack: Stack, bucket: s3.IBucket) -> None:
    project = LabelStudioProject(
        stack,
        "Texts",
        task=LabelingTask("TextMultiClass", title="Which?", labels=["a", "b"]),
        input=LabelingInput(bucket, "texts", manifest="texts/all.manifest"),
        output=bucket,
    )
    server(stack, projects=[project])
    parts: list[Any] = _variables(stack)["LABELING_PROJECTS"]["Fn::Join"][1]
    [told] = json.loads("".join(part if isinstance(part, str) else str(part).replace('"', "'") for part in parts))
    assert told["images"] == ""
    assert "TestKey" in told["key"]


def test_the_server_may_do_what_its_projects_need_and_nothing_else(stack: Stack) -> None:
    server(stack)
    found = statements(stack, "StudioRole")
    assert {action for each in found for action in actions_of(each)} == {
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
    }
    for action in ("s3:PutObject", "s3:DeleteObject"):
        assert all("/annotations/*" in str(each) for each in allowed(found, action))
    starting = statements(stack, "StudioExecutionRole")
    assert allowed(starting, "secretsmanager:GetSecretValue")
    assert {action.partition(":")[0] for each in starting for action in actions_of(each)} == {
        *("ecr", "kms", "logs", "secretsmanager"),
    }
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    [running] = [each for name, each in roles.items() if name.startswith("StudioRole")]
    [trust] = running["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert {"StringEquals", "ArnLike"} == trust["Condition"].keys()


def test_one_server_runs_and_a_deployment_that_fails_is_rolled_back(stack: Stack) -> None:
    server(stack)
    service = _one(stack, "AWS::ECS::Service")
    given = service["Properties"]
    assert given["DesiredCount"] == 1
    assert given["DeploymentConfiguration"] == {
        "MinimumHealthyPercent": 0,
        "MaximumPercent": 100,
        "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
    }
    assert given["AvailabilityZoneRebalancing"] == "DISABLED"
    assert given["HealthCheckGracePeriodSeconds"] == 600
    waits = " ".join(service["DependsOn"])
    assert "Listener" in waits
    assert "DatabaseInstance" in waits
    definition = _properties(stack, "AWS::ECS::TaskDefinition")
    assert (definition["Cpu"], definition["Memory"]) == ("512", "2048")
    assert definition["RuntimePlatform"]["CpuArchitecture"] == "X86_64"
    targets = _properties(stack, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert (targets["TargetType"], targets["Port"]) == ("ip", 8080)
    assert (targets["HealthCheckPath"], targets["Matcher"]) == ("/health", {"HttpCode": "200"})


def test_a_database_pauses_is_encrypted_and_stays(stack: Stack) -> None:
    server(stack)
    template = Template.from_stack(stack)
    cluster = _properties(stack, "AWS::RDS::DBCluster")
    assert cluster["ServerlessV2ScalingConfiguration"] == {
        "MinCapacity": 0,
        "MaxCapacity": 2,
        "SecondsUntilAutoPause": 900,
    }
    assert cluster["StorageEncrypted"]
    assert cluster["KmsKeyId"]
    assert cluster["DeletionProtection"]
    assert cluster["BackupRetentionPeriod"] == 14
    assert "resolve:secretsmanager" in str(cluster["MasterUserPassword"])
    parameters = _properties(stack, "AWS::RDS::DBClusterParameterGroup")
    assert (parameters["Family"], parameters["Parameters"]) == ("aurora-postgresql17", {"rds.force_ssl": "1"})
    assert _properties(stack, "AWS::RDS::DBInstance")["PubliclyAccessible"] is False
    kept = [
        (each["Type"], name)
        for name, each in template.to_json()["Resources"].items()
        if "StudioDatabase" in name and each.get("DeletionPolicy") == "RetainExceptOnCreate"
    ]
    assert {type_.rpartition("::")[2] for type_, _ in kept} == {
        *("DBCluster", "DBInstance", "DBClusterParameterGroup", "DBSubnetGroup", "Secret", "SecurityGroup"),
    }
    groups = template.find_resources("AWS::Logs::LogGroup").values()
    [own] = [each for each in groups if "KmsKeyId" in each["Properties"]]
    assert own["Properties"]["RetentionInDays"] == 365
    assert own["DeletionPolicy"] == "RetainExceptOnCreate"


def test_everything_given_reaches_the_template(stack: Stack) -> None:
    logs = AccessLogBucket(stack, "Logs")
    pool = cognito.UserPool.from_user_pool_arn(
        stack, "Pool", "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_0a1b2c3d4"
    )
    people = LabelingPeople.from_user_pool(
        stack, "Everybody", user_pool=pool, domain="sign-on.example.com", identity_providers=["Company"]
    )
    server(
        stack,
        entrance={
            "internet_facing": True,
            "cidrs": ["0.0.0.0/0"],
            "session": Duration.minutes(30),
            "access_logs": logs,
        },
        people=people,
        image=ModelImage.from_library("tabular"),
        size=LabelStudioSize(2, 8192),
        database_capacity=DatabaseCapacity(least=0.5, most=8),
        engine_version="16.8",
        backup_days=35,
        deletion_protection=False,
        log_retention_days=30,
        removal_policy=RemovalPolicy.SNAPSHOT,
    )
    balancer = _properties(stack, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internet-facing"
    assert balancer["Subnets"] == ["subnet-1a1b2c3d", "subnet-1a1b2c3e"]
    attributes = _attributes(balancer["LoadBalancerAttributes"])
    assert attributes["access_logs.s3.enabled"] == "true"
    client = _properties(stack, "AWS::Cognito::UserPoolClient")
    assert client["SupportedIdentityProviders"] == ["Company"]
    assert client["RefreshTokenValidity"] == 60
    action = _properties(stack, "AWS::ElasticLoadBalancingV2::Listener")["DefaultActions"][0]
    configuration = action["AuthenticateCognitoConfig"]
    assert (configuration["UserPoolDomain"], configuration["SessionTimeout"]) == ("sign-on.example.com", "1800")
    cluster = _one(stack, "AWS::RDS::DBCluster")
    assert cluster["Properties"]["EngineVersion"] == "16.8"
    assert cluster["Properties"]["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 8}
    assert cluster["DeletionPolicy"] == "Snapshot"
    assert _one(stack, "AWS::RDS::DBInstance")["DeletionPolicy"] == "Delete"
    definition = _properties(stack, "AWS::ECS::TaskDefinition")
    assert (definition["Cpu"], definition["Memory"]) == ("2048", "8192")
    writing = [
        statement
        for policy in Template.from_stack(stack).find_resources("AWS::S3::BucketPolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement.get("Sid") == "LogsOfLoadBalancers"
    ]
    assert len(writing) == 1
    # us-east-1 is older than the principal of the service.
    assert "127311923021" in str(writing[0]["Principal"])
    assert "/AWSLogs/" in str(writing[0]["Resource"])


def test_people_of_a_pool_of_ones_own(stack: Stack) -> None:
    people = LabelingPeople(stack, "People", domain_prefix="raters", multi_factor=False)
    assert people.domain_prefix == "raters"
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::SageMaker::Workforce", 0)
    pool = {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}, "MfaConfiguration": "OFF"}
    template.has_resource_properties("AWS::Cognito::UserPool", pool)
    with pytest.raises(InvalidInput, match="domain_prefix must be lower-case"):
        LabelingPeople(stack, "Others", domain_prefix="amazon-raters")


@pytest.mark.parametrize("given", [{}, {"deletion_protection": False, "entrance": {"cidrs": ["0.0.0.0/0"]}}])
def test_security_checkers_find_nothing_unexplained(app: cdk.App, given: dict[str, Any]) -> None:
    stack = Stack(app, "Checked", env=Environment(region="us-east-1"))
    server(stack, **given)
    cdk.Validations.of(app).add_plugins(*[pack(app) for pack in PACKS])
    app.synth()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"projects": []}, "projects must hold one or more"),
        ({"entrance": {"domain_name": "Labels"}}, "entrance.domain_name must be a host name"),
        ({"entrance": {"cidrs": []}}, "entrance.cidrs must name from where people come"),
        ({"entrance": {"cidrs": ["10.0.0.1/8"]}}, r"entrance.cidrs\[0\] must be a network"),
        ({"entrance": {"cidrs": ["10.0.0.0/8", "10.0.0.0/8"]}}, r"entrance.cidrs\[1\] must be unique"),
        ({"engine_version": "17"}, "engine_version must be a version"),
        ({"log_retention_days": 2}, "log_retention_days must be one of"),
    ],
)
def test_what_is_refused(given: dict[str, Any], reason: str, stack: Stack) -> None:
    with pytest.raises(InvalidInput, match=reason):
        server(stack, **given)


def test_logs_go_to_no_bucket_with_a_key(stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match=r"entrance\.access_logs must be encrypted with S3's own keys"):
        server(stack, entrance={"access_logs": bucket})


def test_projects_have_names_of_their_own(stack: Stack, bucket: s3.IBucket) -> None:
    app = App()
    made = [
        LabelStudioProject(
            Stack(app, name),
            "Digits",
            task=LabelingTask("ImageMultiClass", title="Which?", labels=["0", "1"]),
            input=LabelingInput(s3.Bucket.from_bucket_name(Stack(app, f"{name}Data"), "Data", "data"), "digits"),
            output=s3.Bucket.from_bucket_name(Stack(app, f"{name}Out"), "Data", "data"),
        )
        for name in ("One", "Two")
    ]
    with pytest.raises(InvalidInput, match=r"projects\[1\].name must be unique, got twice: Digits"):
        server(stack, projects=made)


def test_a_network_has_private_subnets_in_two_zones(stack: Stack) -> None:
    with pytest.raises(InvalidInput, match="vpc must have two or more private subnets"):
        server(stack, vpc=vpc(stack, private=1))


def test_a_certificate_is_of_the_region(app: App) -> None:
    stack = Stack(app, "Elsewhere", env=Environment(region="eu-west-1"))
    with pytest.raises(InvalidInput, match=r"entrance\.certificate must be of the region eu-west-1"):
        server(stack)


def test_a_region_signs_people_on_with_cognito(app: App) -> None:
    stack = Stack(app, "Elsewhere", env=Environment(region="us-gov-west-1"))
    with pytest.raises(InvalidInput, match=r"env\.region must be one in which load balancers sign people on"):
        server(stack)


def test_the_server_writes_to_volumes_that_its_image_has_and_nowhere_else(stack: Stack) -> None:
    server(stack)
    given = _properties(stack, "AWS::ECS::TaskDefinition")
    [container] = given["ContainerDefinitions"]
    assert container["ReadonlyRootFilesystem"] is True
    places = {each["SourceVolume"]: each["ContainerPath"] for each in container["MountPoints"]}
    assert set(places) == {each["Name"] for each in given["Volumes"]}
    dockerfile = (PROJECT / "containers" / "label_studio" / "Dockerfile").read_text()
    [declared] = [line for line in dockerfile.splitlines() if line.startswith("VOLUME ")]
    assert json.loads(declared.removeprefix("VOLUME ")) == list(places.values())
    assert CERTIFICATES in dockerfile
