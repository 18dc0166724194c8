"""What outlives the interfaces of endpoints and jobs, in the order of the template."""

from typing import Any, cast

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.network.isolated_network import IsolatedNetwork
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint

IMAGE = ModelImage.from_directory("tests/unit/image")
RELEASE = "Custom::SageMakerInterfaceRelease"


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for each in cast(list[Any], value) for name in _references(each)}
    if not isinstance(value, dict):
        return set()
    members = cast(dict[str, Any], value)
    found = {name for each in members.values() for name in _references(each)}
    if "Ref" in members:
        found.add(str(members["Ref"]))
    if "Fn::GetAtt" in members:
        found.add(str(members["Fn::GetAtt"][0]))
    return found


def _outlive(stack: Stack, name: str) -> set[str]:
    """Types of what CloudFormation deletes only after the resource ``name``."""
    resources: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    found: set[str] = set()
    todo = [name]
    while todo:
        resource = resources[todo.pop()]
        on = resource.get("DependsOn", [])
        names = {*_references(resource.get("Properties", {})), *([on] if isinstance(on, str) else on)}
        new = {each for each in names if each in resources} - found
        found |= new
        todo += new
    return {resources[each]["Type"] for each in found}


def test_the_network_goes_when_its_group_has_no_interface_left(stack: Stack, key: kms.IKey) -> None:
    IsolatedNetwork(stack, "Network", encryption_key=key)
    template = Template.from_stack(stack)
    [(name, release)] = template.find_resources(RELEASE).items()
    [group] = template.find_resources("AWS::EC2::SecurityGroup")
    assert release["Properties"]["SecurityGroupIds"] == [{"Fn::GetAtt": [group, "GroupId"]}]
    assert "RequesterId" not in release["Properties"]
    assert set(release["DependsOn"]) == set(template.find_resources("AWS::EC2::Subnet"))
    assert _outlive(stack, name) >= {"AWS::EC2::VPC", "AWS::Lambda::Function", "AWS::IAM::Role"}


def test_the_role_of_a_model_goes_when_it_has_no_interface_left(stack: Stack, placement: VpcPlacement) -> None:
    model = Model(stack, "Churn", image=IMAGE, placement=placement)
    RealTimeEndpoint(stack, "Api", model=model, instance_type="ml.c7i.large")
    template = Template.from_stack(stack)
    [(name, release)] = template.find_resources(RELEASE).items()
    [(model_name, resource)] = template.find_resources("AWS::SageMaker::Model").items()
    [endpoint] = template.find_resources("AWS::SageMaker::Endpoint")
    [role] = resource["Properties"]["ExecutionRoleArn"]["Fn::GetAtt"][:1]
    assert release["Properties"]["RequesterId"] == {"Fn::GetAtt": [role, "RoleId"]}
    assert release["Properties"]["SecurityGroupIds"] == ["sg-0a1b2c3d"]
    assert resource["DependsOn"] == [name]
    assert RELEASE in _outlive(stack, endpoint)
    assert "AWS::SageMaker::Model" not in _outlive(stack, name)
    assert model_name != name


def test_what_has_no_interfaces_or_no_role_of_its_own_waits_for_nothing(
    stack: Stack, placement: VpcPlacement
) -> None:
    Model(stack, "Outside", image=IMAGE)
    role = iam.Role(stack, "Given", assumed_by=cast(iam.IPrincipal, iam.AccountRootPrincipal()))
    Model(stack, "Theirs", image=IMAGE, placement=placement, role=cast(iam.IRole, role))
    Template.from_stack(stack).resource_count_is(RELEASE, 0)


def test_a_stack_has_one_function_for_all(stack: Stack, placement: VpcPlacement) -> None:
    for name in ("One", "Two"):
        Model(stack, name, image=IMAGE, placement=placement)
    template = Template.from_stack(stack)
    template.resource_count_is(RELEASE, 2)
    template.resource_count_is("AWS::Lambda::Function", 1)
