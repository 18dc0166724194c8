"""The CloudFormation types that the emulator adds or completes."""

import json
from typing import Any

import pytest

from harness.aws_clients import AWS_IMAGE, ROLE, Clients, refused
from harness.deployed_stack import Stack, reference, resource, serving
from harness.pipeline_definitions import definition, fail


@pytest.fixture
def stack(client: Clients, request: pytest.FixtureRequest) -> Stack:
    name = request.node.name.replace("_", "-").split("[")[0]
    return Stack(client("cloudformation"), name[:60])


def test_endpoint_with_scaling(stack: Stack, sagemaker: Any, client: Clients, echo_image: str) -> None:
    def resources(target: int, mark: str) -> dict[str, Any]:
        name = {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/main"}
        return {
            **serving(echo_image, MARK=mark),
            "Target": resource(
                "ApplicationAutoScaling::ScalableTarget",
                ServiceNamespace="sagemaker",
                ScalableDimension="sagemaker:variant:DesiredInstanceCount",
                ResourceId=name,
                MinCapacity="1",
                MaxCapacity="4",
            ),
            "Policy": resource(
                "ApplicationAutoScaling::ScalingPolicy",
                PolicyName="invocations",
                PolicyType="TargetTrackingScaling",
                ScalingTargetId={"Ref": "Target"},
                TargetTrackingScalingPolicyConfiguration={
                    "TargetValue": target,
                    "PredefinedMetricSpecification": {
                        "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
                    },
                },
            ),
        }

    assert stack.create(**resources(100, "first")) == "CREATE_COMPLETE"
    endpoint = stack.physical("Endpoint").split("/")[1]
    assert endpoint.startswith(f"{stack.name}-endpoint-")
    first = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert first["EndpointStatus"] == "InService"
    first_model = stack.physical("Model")

    assert stack.update(**resources(200, "second")) == "UPDATE_COMPLETE"
    second = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert second["EndpointConfigName"] != first["EndpointConfigName"]
    assert second["CreationTime"] == first["CreationTime"]
    assert refused(sagemaker.describe_model, ModelName=first_model.split("/")[1])[0] == "ValidationException"
    answer = client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body=b"1")
    assert b"second" in answer["Body"].read()
    policies = client("application-autoscaling").describe_scaling_policies(
        ServiceNamespace="sagemaker", ResourceId=f"endpoint/{first['EndpointName']}/variant/main"
    )
    tracking = policies["ScalingPolicies"][0]["TargetTrackingScalingPolicyConfiguration"]
    assert tracking["TargetValue"] == 200.0

    tags = sagemaker.list_tags(ResourceArn=first["EndpointArn"])["Tags"]
    assert {"Key": "aws:cloudformation:logical-id", "Value": "Endpoint"} in tags
    assert stack.delete() == "DELETE_COMPLETE"
    assert refused(sagemaker.describe_endpoint, EndpointName=endpoint)[0] == "ValidationException"


def test_endpoint_that_fails_rolls_back(stack: Stack, sagemaker: Any) -> None:
    assert stack.create(**serving(AWS_IMAGE)) == "ROLLBACK_COMPLETE"
    reason = next(each for each in stack.reasons() if each.startswith("Endpoint CREATE_FAILED"))
    assert "sagemaker-scikit-learn" in reason
    for kind in ("models", "endpoint_configs", "endpoints"):
        listed = getattr(sagemaker, f"list_{kind}")(NameContains=stack.name)
        assert [value for value in listed.values() if isinstance(value, list)] == [[]]


def test_update_that_fails_rolls_back(stack: Stack, client: Clients, sagemaker: Any, echo_image: str) -> None:
    assert stack.create(**serving(echo_image, MARK="sound")) == "CREATE_COMPLETE"
    assert stack.update(**serving(echo_image, BROKEN="1")) == "UPDATE_ROLLBACK_COMPLETE"
    assert any("this model is broken" in each for each in stack.reasons())
    endpoint = stack.physical("Endpoint").split("/")[1]
    answer = client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body=b"1")
    assert b"sound" in answer["Body"].read()
    assert len(sagemaker.list_models(NameContains=stack.name)["Models"]) == 1


def test_wrong_instance_type_fails_with_the_rule(stack: Stack) -> None:
    resources = serving(AWS_IMAGE)
    resources["Config"]["Properties"]["ProductionVariants"][0]["InstanceType"] = "ml.c7i.larg"
    assert stack.create(**resources) == "ROLLBACK_COMPLETE"
    assert any("Member must satisfy enum value set: [ml.c7i.large" in each for each in stack.reasons())


def test_other_sagemaker_types(stack: Stack, sagemaker: Any) -> None:
    resources = {
        "Lifecycle": resource("SageMaker::NotebookInstanceLifecycleConfig"),
        "Notebook": resource(
            "SageMaker::NotebookInstance",
            RoleArn=ROLE,
            InstanceType="ml.t3.medium",
            LifecycleConfigName=reference("Lifecycle", "NotebookInstanceLifecycleConfigName"),
        ),
        "Domain": resource(
            "SageMaker::Domain",
            AuthMode="IAM",
            DomainName="team",
            VpcId="vpc-1",
            SubnetIds=["subnet-1"],
            DefaultUserSettings={"ExecutionRole": ROLE},
        ),
        "User": resource("SageMaker::UserProfile", DomainId=reference("Domain", "DomainId"), UserProfileName="ann"),
        "Pipeline": resource(
            "SageMaker::Pipeline",
            PipelineName=f"{stack.name}-p",
            RoleArn=ROLE,
            PipelineDefinition={"PipelineDefinitionBody": definition(fail("First", "x"))},
        ),
    }
    assert stack.create(**resources) == "CREATE_COMPLETE"
    notebook = stack.physical("Notebook").split("/")[1]
    second = definition(fail("Second", "x"))
    resources["Notebook"]["Properties"]["InstanceType"] = "ml.t3.large"
    resources["Pipeline"]["Properties"]["PipelineDefinition"] = {"PipelineDefinitionBody": second}
    assert stack.update(**resources) == "UPDATE_COMPLETE"
    described = sagemaker.describe_notebook_instance(NotebookInstanceName=notebook)
    assert (described["InstanceType"], described["NotebookInstanceStatus"]) == ("ml.t3.large", "InService")
    assert sagemaker.describe_pipeline(PipelineName=f"{stack.name}-p")["PipelineDefinition"] == second
    assert stack.delete() == "DELETE_COMPLETE"
    assert refused(sagemaker.describe_notebook_instance, NotebookInstanceName=notebook)[0] == "ValidationException"


def test_unknown_types_are_refused(stack: Stack) -> None:
    code, message = refused(stack.begin_create, Device=resource("SageMaker::Device", DeviceFleetName="fleet"))
    assert code == "ValidationError"
    assert "Unrecognized resource types: [AWS::SageMaker::Device]" in message


def test_policy_needs_its_target(stack: Stack) -> None:
    policy = resource(
        "ApplicationAutoScaling::ScalingPolicy",
        PolicyName="p",
        PolicyType="TargetTrackingScaling",
        ScalingTargetId="endpoint/x/variant/main|sagemaker:variant:DesiredInstanceCount|sagemaker",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 1,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        },
    )
    assert stack.create(Policy=policy) == "ROLLBACK_COMPLETE"
    assert any("No scalable target registered" in each for each in stack.reasons())


def test_bucket_properties_are_applied(stack: Stack, client: Clients) -> None:
    s3 = client("s3")
    logs = resource("S3::Bucket", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    data = resource(
        "S3::Bucket",
        Tags=[{"Key": "team", "Value": "a"}],
        BucketEncryption={
            "ServerSideEncryptionConfiguration": [
                {
                    "BucketKeyEnabled": True,
                    "ServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": "arn:aws:kms:us-east-1:123456789012:key/k",
                    },
                }
            ]
        },
        LifecycleConfiguration={
            "Rules": [
                {
                    "Status": "Enabled",
                    "NoncurrentVersionExpiration": {"NoncurrentDays": "30"},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                }
            ]
        },
        LoggingConfiguration={"DestinationBucketName": {"Ref": "Logs"}, "LogFilePrefix": "data/"},
    )
    assert stack.create(Logs=logs, SagemakerData=data) == "CREATE_COMPLETE"
    bucket = stack.physical("SagemakerData")
    assert bucket == bucket.lower()
    assert "sagemakerdata" in bucket
    assert len(bucket) <= 63
    tags = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    assert {"Key": "team", "Value": "a"} in tags
    encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    rule = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetPrefix"] == "data/"

    del data["Properties"]["LifecycleConfiguration"], data["Properties"]["LoggingConfiguration"]
    assert stack.update(Logs=logs, SagemakerData=data) == "UPDATE_COMPLETE"
    assert refused(s3.get_bucket_lifecycle_configuration, Bucket=bucket)[0] == "NoSuchLifecycleConfiguration"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)

    s3.put_object(Bucket=bucket, Key="kept", Body=b"1")
    assert stack.delete() == "DELETE_FAILED"
    s3.delete_object(Bucket=bucket, Key="kept")
    assert stack.delete() == "DELETE_COMPLETE"


def test_network_types(stack: Stack, client: Clients) -> None:
    group = {"GroupDescription": "test", "VpcId": {"Ref": "Vpc"}}
    resources = {
        "Vpc": resource("EC2::VPC", CidrBlock="10.1.0.0/16"),
        "Logs": resource("Logs::LogGroup"),
        "Flow": resource(
            "EC2::FlowLog",
            ResourceId={"Ref": "Vpc"},
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestinationType="cloud-watch-logs",
            LogGroupName={"Ref": "Logs"},
            DeliverLogsPermissionArn=ROLE,
        ),
        "Group": resource("EC2::SecurityGroup", **group),
        "Other": resource("EC2::SecurityGroup", **group),
        "Rule": resource(
            "EC2::SecurityGroupIngress",
            GroupId=reference("Group", "GroupId"),
            IpProtocol="tcp",
            FromPort=443,
            ToPort="443",
            SourceSecurityGroupId=reference("Other", "GroupId"),
        ),
        "Whole": resource(
            "EC2::SecurityGroupIngress",
            GroupId=reference("Other", "GroupId"),
            IpProtocol="tcp",
            FromPort=443,
            ToPort=443,
            CidrIp=reference("Vpc", "CidrBlock"),
        ),
    }
    assert stack.create(**resources) == "CREATE_COMPLETE"
    ec2 = client("ec2")
    log = {"FlowLogIds": [stack.physical("Flow")]}
    (flow,) = ec2.describe_flow_logs(**log)["FlowLogs"]
    assert flow["ResourceId"] == stack.physical("Vpc")

    def permissions(logical_id: str) -> Any:
        groups = ec2.describe_security_groups(GroupIds=[stack.physical(logical_id)])["SecurityGroups"]
        return groups[0]["IpPermissions"]

    assert permissions("Group")[0]["UserIdGroupPairs"][0]["GroupId"] == stack.physical("Other")
    assert permissions("Other")[0]["IpRanges"][0]["CidrIp"] == "10.1.0.0/16"
    del resources["Rule"]
    assert stack.update(**resources) == "UPDATE_COMPLETE"
    assert permissions("Group") == []
    assert stack.delete() == "DELETE_COMPLETE"
    assert ec2.describe_flow_logs(**log)["FlowLogs"] == []


def test_a_version_of_a_model_package_takes_no_tags_but_those_of_cloudformation(stack: Stack) -> None:
    group = resource("SageMaker::ModelPackageGroup", ModelPackageGroupName="versions")
    version = {"ModelPackageGroupName": {"Ref": "Group"}}
    assert stack.create(Group=group, Version=resource("SageMaker::ModelPackage", **version)) == "CREATE_COMPLETE"
    tagged = resource("SageMaker::ModelPackage", **version, Tags=[{"Key": "team", "Value": "risk"}])
    assert stack.update(Group=group, Version=tagged, Another=tagged) == "UPDATE_ROLLBACK_COMPLETE"
    assert any("Tags are not supported in Model Package versions." in reason for reason in stack.reasons())


@pytest.mark.parametrize(("given", "made"), [("", False), ("a", True), ("a,b", True)])
def test_a_condition_joins_what_a_list_has(client: Clients, given: str, made: bool) -> None:
    stack = Stack(client("cloudformation"), f"joins-{len(given)}")
    body = {
        "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": ""}},
        "Conditions": {"Named": {"Fn::Not": [{"Fn::Equals": ["", {"Fn::Join": ["", {"Ref": "Names"}]}]}]}},
        "Resources": {
            "Always": resource("SNS::Topic"),
            "Sometimes": {**resource("SNS::Topic"), "Condition": "Named"},
        },
    }
    client("cloudformation").create_stack(
        StackName=stack.name,
        TemplateBody=json.dumps(body),
        Parameters=[{"ParameterKey": "Names", "ParameterValue": given}],
    )
    assert stack.settled() == "CREATE_COMPLETE"
    listed = client("cloudformation").list_stack_resources(StackName=stack.name)["StackResourceSummaries"]
    assert ("Sometimes" in {each["LogicalResourceId"] for each in listed}) is made


def test_a_role_has_the_boundary_of_its_template(stack: Stack, client: Clients) -> None:
    iam = client("iam")
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    arn = iam.create_policy(PolicyName="boundary-of-a-template", PolicyDocument=document)["Policy"]["Arn"]

    def role(**other: Any) -> dict[str, Any]:
        return resource("IAM::Role", AssumeRolePolicyDocument={"Statement": []}, **other)

    assert stack.create(Role=role(PermissionsBoundary=arn)) == "CREATE_COMPLETE"
    described = iam.get_role(RoleName=stack.physical("Role"))["Role"]
    assert described["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert stack.update(Role=role(Description="without one")) == "UPDATE_COMPLETE"
    assert "PermissionsBoundary" not in iam.get_role(RoleName=stack.physical("Role"))["Role"]
