"""AWS Batch: queues, definitions of jobs, who may submit them, and what is refused."""

import base64
import json
from collections.abc import Mapping
from typing import Any, cast

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

import sagemaker_constructs as sm
from harness.policies import allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.network.isolated_network import IsolatedNetwork
from sagemaker_constructs.network.vpc_placement import VpcPlacement

IMAGE = sm.ModelImage.from_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/jobs:1")
SPOT = sm.InstanceCapacity(["c7i", "m7i"])


def _only(stack: Stack, kind: str) -> Mapping[str, Any]:
    [made] = Template.from_stack(stack).find_resources(f"AWS::{kind}").values()
    return made["Properties"]


def _definition(stack: Stack, **options: Any) -> sm.BatchJobDefinition:
    return sm.BatchJobDefinition(stack, "Prepare", image=IMAGE, **options)


def _queue(stack: Stack, placement: VpcPlacement, **options: Any) -> sm.BatchQueue:
    return sm.BatchQueue(stack, "Queue", placement=placement, **options)


def test_a_queue_is_on_fargate_and_changes_in_place(stack: Stack, placement: VpcPlacement) -> None:
    _queue(stack, placement)
    environment, queue = _only(stack, "Batch::ComputeEnvironment"), _only(stack, "Batch::JobQueue")
    assert environment["ReplaceComputeEnvironment"] is False
    assert environment["ComputeResources"] == {
        "Type": "FARGATE",
        "MaxvCpus": 16,
        "Subnets": ["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
        "SecurityGroupIds": ["sg-0a1b2c3d"],
    }
    # A service role would rule out changes in place, and a name replacement.
    assert not {"ServiceRole", "ComputeEnvironmentName", "UpdatePolicy"} & environment.keys()
    assert "JobQueueName" not in queue
    assert (queue["State"], queue["Priority"], len(queue["ComputeEnvironmentOrder"])) == ("ENABLED", 1, 1)
    reasons = [each["Reason"].partition(":")[0] for each in queue["JobStateTimeLimitActions"]]
    assert reasons == ["MISCONFIGURATION", "MISCONFIGURATION"]


def test_capacity_is_tried_in_order_and_each_kind_is_a_resource(stack: Stack, placement: VpcPlacement) -> None:
    capacity = [sm.FargateCapacity(8, spot=True), sm.FargateCapacity(4), sm.FargateCapacity(2)]
    _queue(stack, placement, capacity=capacity, longest_wait=Duration.hours(2), priority=5)
    found = Template.from_stack(stack).find_resources("AWS::Batch::ComputeEnvironment")
    kinds = {name: each["Properties"]["ComputeResources"]["Type"] for name, each in found.items()}
    queue = _only(stack, "Batch::JobQueue")
    ordered = [each["ComputeEnvironment"]["Ref"] for each in queue["ComputeEnvironmentOrder"]]
    assert [kinds[name] for name in ordered] == ["FARGATE_SPOT", "FARGATE", "FARGATE"]
    assert len(set(ordered)) == 3
    assert queue["JobStateTimeLimitActions"][-1]["MaxTimeSeconds"] == 7200


def test_instances_are_spare_encrypted_and_hold_no_rights_of_jobs(stack: Stack, placement: VpcPlacement) -> None:
    _queue(stack, placement, capacity=[SPOT])
    resources = _only(stack, "Batch::ComputeEnvironment")["ComputeResources"]
    assert (resources["Type"], resources["MinvCpus"], resources["InstanceTypes"]) == ("SPOT", 0, ["c7i", "m7i"])
    assert resources["AllocationStrategy"] == "SPOT_PRICE_CAPACITY_OPTIMIZED"
    assert "SpotIamFleetRole" not in resources
    data = _only(stack, "EC2::LaunchTemplate")["LaunchTemplateData"]
    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    assert "ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true" in base64.b64decode(data["UserData"]).decode()
    actions = {action for each in statements(stack) for action in cast("list[str]", each["Action"])}
    assert not [action for action in actions if action.startswith(("ecr:", "logs:", "s3:"))]


def test_a_definition_reads_writes_and_logs_what_it_names(stack: Stack, bucket: s3.IBucket, key: kms.IKey) -> None:
    definition = _definition(
        stack,
        command=["process", "preprocess", "--label", "Ref::label"],
        parameters={"label": "churned"},
        inputs={"data": sm.ProcessingInput(bucket, "raw", "ShardedByS3Key")},
        outputs={"train": sm.ProcessingOutput(bucket, "prepared/train")},
        encryption_key=key,
    )
    made = _only(stack, "Batch::JobDefinition")
    container = made["ContainerProperties"]
    assert (made["JobDefinitionName"], made["PlatformCapabilities"]) == (definition.name, ["FARGATE"])
    assert made["Parameters"] == {"label": "churned"}
    assert made["Timeout"] == {"AttemptDurationSeconds": 3600}
    assert container["ResourceRequirements"] == [{"Type": "VCPU", "Value": "1"}, {"Type": "MEMORY", "Value": "2048"}]
    assert container["ReadonlyRootFilesystem"] is True
    assert "Privileged" not in container
    assert [each["ContainerPath"] for each in container["MountPoints"]] == ["/opt/ml", "/tmp"]
    assert [each["Name"] for each in container["Volumes"]] == ["writable0", "writable1"]
    assert container["NetworkConfiguration"] == {"AssignPublicIp": "DISABLED"}
    assert container["RuntimePlatform"] == {"CpuArchitecture": "X86_64", "OperatingSystemFamily": "LINUX"}
    variables = {each["Name"]: each["Value"] for each in container["Environment"]}
    assert variables["AWS_REGION"] == "us-east-1"
    told = json.dumps(variables["PROCESSING_JOB_CONFIG"])
    assert "/opt/ml/processing/input/data" in told
    assert "ShardedByS3Key" in told
    logs = _only(stack, "Logs::LogGroup")
    assert (logs["RetentionInDays"], logs["KmsKeyId"]) == (365, stack.resolve(key.key_arn))
    Template.from_stack(stack).has_resource(
        "AWS::Logs::LogGroup", {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    )
    job, starting = statements(stack, "PrepareJobRole"), statements(stack, "PrepareExecutionRole")
    assert allowed(job, "s3:GetObject")
    assert allowed(job, "s3:PutObject")
    assert not allowed(job, "ecr:BatchGetImage")
    assert allowed(starting, "ecr:BatchGetImage")
    assert allowed(starting, "logs:PutLogEvents")
    assert not allowed(starting, "s3:GetObject")


def test_what_loses_its_capacity_is_tried_again_and_nothing_else(stack: Stack) -> None:
    _definition(stack, retries=sm.BatchRetries(attempts=5, exit_codes=[75]))
    assert _only(stack, "Batch::JobDefinition")["RetryStrategy"] == {
        "Attempts": 5,
        "EvaluateOnExit": [
            {"OnStatusReason": "Host EC2*", "Action": "RETRY"},
            {"OnStatusReason": "Your Spot Task was interrupted*", "Action": "RETRY"},
            {"OnExitCode": "75", "Action": "RETRY"},
            {"OnReason": "*", "Action": "EXIT"},
        ],
    }


def test_secrets_are_read_by_the_role_that_starts_the_container(stack: Stack) -> None:
    secret = secretsmanager.Secret(stack, "Token")
    _definition(stack, secrets={"TOKEN": cast(secretsmanager.ISecret, secret)})
    [named] = _only(stack, "Batch::JobDefinition")["ContainerProperties"]["Secrets"]
    assert named["Name"] == "TOKEN"
    assert allowed(statements(stack, "PrepareExecutionRole"), "secretsmanager:GetSecretValue") == [named["ValueFrom"]]
    assert not allowed(statements(stack, "PrepareJobRole"), "secretsmanager:GetSecretValue")


def test_a_definition_for_instances_has_gpus_and_no_network_of_its_own(stack: Stack) -> None:
    _definition(stack, platform="EC2", size=sm.BatchJobSize(4, 15000, gpus=1), public_address=False)
    made = _only(stack, "Batch::JobDefinition")
    container = made["ContainerProperties"]
    assert (made["PlatformCapabilities"], container["Privileged"]) == (["EC2"], False)
    assert container["ResourceRequirements"][-1] == {"Type": "GPU", "Value": "1"}
    assert not {"NetworkConfiguration", "RuntimePlatform"} & container.keys()


def test_a_role_of_ones_own_gets_the_grants(stack: Stack, bucket: s3.IBucket) -> None:
    role = iam.Role(stack, "Own", assumed_by=cast(Any, iam.ServicePrincipal("ecs-tasks.amazonaws.com")))
    own = cast(iam.IRole, role)
    definition = _definition(stack, role=own, inputs={"data": sm.ProcessingInput(bucket, "raw")})
    assert definition.role is own
    assert allowed(statements(stack, "Own"), "s3:GetObject")
    [definition_] = Template.from_stack(stack).find_resources("AWS::Batch::JobDefinition").values()
    assert any("Policy" in name for name in definition_["DependsOn"])


def test_jobs_are_submitted_by_name_so_that_no_revision_is_held(stack: Stack, placement: VpcPlacement) -> None:
    queue, definition = _queue(stack, placement), _definition(stack)
    definition.schedule("Nightly", "cron(0 3 * * ? *)", queue=queue, array_size=10, timezone="Europe/Berlin")
    schedule = _only(stack, "Scheduler::Schedule")
    assert schedule["Target"]["Arn"]["Fn::Join"][1][-1] == ":scheduler:::aws-sdk:batch:submitJob"
    submitted = json.dumps(schedule["Target"]["Input"])
    assert f'\\"JobDefinition\\":\\"{definition.name}\\"' in submitted
    assert '{\\"Size\\":10}' in submitted
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"
    resources = json.dumps(allowed(statements(stack, "PrepareNightlyRole"), "batch:SubmitJob"))
    assert f"job-definition/{definition.name}" in resources
    assert '{"Ref": "Queue' in resources


def test_a_queue_that_is_there_takes_jobs_too(stack: Stack) -> None:
    arn = "arn:aws:batch:us-east-1:123456789012:job-queue/shared"
    queue = sm.BatchQueue.from_queue_arn(stack, "Shared", arn)
    definition = _definition(stack)
    state = stack.resolve(definition.as_state("Run", queue=queue).to_state_json())
    assert state["Parameters"]["JobQueue"] == arn
    [statement] = definition.submit_grants(queue).statements()
    assert arn in statement.resources
    other = sm.BatchQueue.from_queue_arn(stack, "Other", arn, platform="EC2")
    with pytest.raises(InvalidInput, match="queue must be a queue for FARGATE, got: one for EC2"):
        definition.as_state("Never", queue=other)
    with pytest.raises(InvalidInput, match="arn must be the ARN of a job queue"):
        sm.BatchQueue.from_queue_arn(stack, "Wrong", "shared")


def test_a_state_machine_may_run_it(stack: Stack, placement: VpcPlacement) -> None:
    queue, definition = _queue(stack, placement), _definition(stack)
    state = stack.resolve(definition.as_state("Run", queue=queue).to_state_json())
    assert state["Resource"]["Fn::Join"][1][-1] == ":states:::batch:submitJob.sync"
    assert state["Parameters"]["JobDefinition"] == definition.name
    role = iam.Role(stack, "Machine", assumed_by=cast(Any, iam.ServicePrincipal("states.amazonaws.com")))
    definition.grant_run(cast(iam.IRole, role), queue)
    found = statements(stack, "Machine")
    assert allowed(found, "batch:SubmitJob")
    assert allowed(found, "batch:TerminateJob")
    assert "StepFunctionsGetEventsForBatchJobsRule" in json.dumps(allowed(found, "events:PutRule"))


def test_a_deployment_runs_each_revision_once(stack: Stack, placement: VpcPlacement) -> None:
    queue, definition = _queue(stack, placement), _definition(stack, max_runtime=Duration.minutes(30))
    job = sm.BatchJob(stack, "Once", definition=definition, queue=queue)
    [made] = Template.from_stack(stack).find_resources("Custom::SageMakerBatchJob").values()
    assert made["Properties"]["Kind"] == "BatchJob"
    request = json.dumps(made["Properties"]["Request"])
    assert '{"Ref": "Prepare' in request
    assert '{"Ref": "Queue' in request
    assert any(name.startswith("Prepare") for name in made["DependsOn"])
    found = statements(stack, "SageMakerJobProviderRole")
    assert allowed(found, "batch:SubmitJob")
    assert allowed(found, "batch:ListJobs") == ["*"]
    assert stack.resolve(job.job_id)["Fn::GetAtt"][1] == "Id"


def test_a_deployment_does_not_wait_for_hours(stack: Stack, placement: VpcPlacement) -> None:
    queue, definition = _queue(stack, placement), _definition(stack)
    with pytest.raises(InvalidInput, match=r"definition\.max_runtime in minutes must be between 1 and 55"):
        sm.BatchJob(stack, "Once", definition=definition, queue=queue)


def test_a_caller_submits_watches_and_ends_jobs(stack: Stack, placement: VpcPlacement) -> None:
    queue, definition = _queue(stack, placement), _definition(stack)
    role = iam.Role(stack, "Caller", assumed_by=cast(Any, iam.ServicePrincipal("lambda.amazonaws.com")))
    definition.grant_submit(cast(iam.IRole, role), queue)
    found = statements(stack, "Caller")
    assert len(allowed(found, "batch:SubmitJob")) == 3
    assert allowed(found, "batch:DescribeJobs") == ["*"]
    assert not allowed(found, "events:PutRule")


@pytest.mark.parametrize("services", [[], ["Ecr", "EcrDocker", "Kms"]])
def test_a_network_without_a_way_to_the_registry_is_refused(stack: Stack, key: kms.IKey, services: list[str]) -> None:
    network = IsolatedNetwork(stack, "Network", encryption_key=key, services=services)
    missing = "placement must reach Ecr, EcrDocker, Logs, or jobs could neither pull their image nor write logs"
    with pytest.raises(InvalidInput, match=missing):
        _queue(stack, network.placement)


def test_a_network_with_that_way_is_taken_for_fargate_but_not_for_instances(stack: Stack, key: kms.IKey) -> None:
    network = IsolatedNetwork(stack, "Network", encryption_key=key, services=["Ecr", "EcrDocker", "Logs"])
    _queue(stack, network.placement)
    with pytest.raises(InvalidInput, match="no endpoints to Ecs, EcsAgent, EcsTelemetry"):
        sm.BatchQueue(stack, "Other", placement=network.placement, capacity=[SPOT])


def test_a_queue_of_the_other_platform_is_refused(stack: Stack, placement: VpcPlacement) -> None:
    queue = _queue(stack, placement, capacity=[SPOT])
    with pytest.raises(InvalidInput, match="queue must be a queue for FARGATE, got: one for EC2"):
        _definition(stack).as_state("Run", queue=queue)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"capacity": []}, "capacity must hold at least one"),
        ({"capacity": [sm.FargateCapacity(0)]}, r"capacity\[0\].max_vcpus must be greater than 0"),
        ({"capacity": [sm.InstanceCapacity([])]}, r"capacity\[0\].instance_types must hold at least one"),
        ({"capacity": [sm.InstanceCapacity(["c7i"], volume_gib=8)]}, r"capacity\[0\].volume_gib must be between 30"),
        ({"priority": -1}, "priority must be between 0"),
        ({"longest_wait": Duration.minutes(5)}, "longest_wait in seconds must be between 600"),
    ],
)
def test_what_makes_no_queue_is_refused(
    stack: Stack, placement: VpcPlacement, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        _queue(stack, placement, **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"size": sm.BatchJobSize(1, 1024)},
            r"size is refused by AWS: .* got: 1 vCPU with 1024 MiB, with which it has",
        ),
        ({"platform": "EKS"}, "platform must be a known value"),
        ({"platform": "EC2", "size": sm.BatchJobSize(0.5)}, "size.vcpus must be a whole number for instances"),
        ({"platform": "EC2", "size": sm.BatchJobSize(storage_gib=30)}, "size.storage_gib is for Fargate"),
        ({"platform": "EC2", "public_address": True}, "public_address is for Fargate"),
        ({"size": sm.BatchJobSize(storage_gib=10)}, "size.storage_gib is refused by AWS"),
        ({"retries": sm.BatchRetries(11)}, "retries.attempts is refused by AWS"),
        ({"max_runtime": Duration.seconds(30)}, "max_runtime is refused by AWS"),
        ({"environment": {"AWS_BATCH_X": "1"}}, "environment is refused by AWS"),
        ({"writable": ["tmp"]}, r"writable\[0\] must be the absolute path of a folder"),
        ({"log_retention_days": 2}, "log_retention_days must be one of"),
    ],
)
def test_what_batch_would_not_run_is_refused(stack: Stack, given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        _definition(stack, **given)


def test_inputs_are_named_as_folders(stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match="inputs must be named with letters"):
        _definition(stack, inputs={"a b": sm.ProcessingInput(bucket, "raw")})


def test_a_variable_is_not_given_twice(stack: Stack, bucket: s3.IBucket) -> None:
    secret = cast(secretsmanager.ISecret, secretsmanager.Secret(stack, "Token"))
    with pytest.raises(InvalidInput, match=r"secrets\[TOKEN\] is a variable of environment, too"):
        _definition(stack, environment={"TOKEN": "x"}, secrets={"TOKEN": secret})
    with pytest.raises(InvalidInput, match=r"environment\[PROCESSING_JOB_CONFIG\] is set by inputs and outputs"):
        sm.BatchJobDefinition(
            stack,
            "Other",
            image=IMAGE,
            environment={"PROCESSING_JOB_CONFIG": "{}"},
            inputs={"data": sm.ProcessingInput(bucket, "raw")},
        )
