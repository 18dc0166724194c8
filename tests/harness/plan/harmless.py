"""Twenty changes about which a report says nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Template = Mapping[str, Any]

_ALLOWED = [
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": {"Fn::GetAtt": ["Data", "Arn"]}},
    {"Sid": "Logs", "Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"},
]
_TRUSTED = {
    "Effect": "Allow",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"Bool": {"aws:SecureTransport": "true"}},
}
_DEFINITION = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
_HASH, _OTHER_HASH = "a" * 64, "b" * 64


def template(**parts: Any) -> Template:
    """A template of one of each, with ``parts`` in place of its own."""
    given: dict[str, Any] = {
        "statements": _ALLOWED,
        "tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
        "arn": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", {"Ref": "Data"}]]},
        "definition": _DEFINITION,
        "isolation": True,
        "count": 2,
        "metadata": {"aws:cdk:path": "App/Model/Resource"},
        "asset": _HASH,
        "trusted": _TRUSTED,
        "managed": ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"],
        **parts,
    }
    return {
        **given.get("top", {}),
        "Resources": {
            "Data": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": given["tags"]}},
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [given["trusted"]]},
                    "ManagedPolicyArns": given["managed"],
                    "Policies": [{"PolicyName": "P", "PolicyDocument": {"Statement": given["statements"]}}],
                },
            },
            "Model": {
                "Type": "AWS::SageMaker::Model",
                "Metadata": given["metadata"],
                **given.get("attributes", {}),
                "Properties": {
                    "ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                    "EnableNetworkIsolation": given["isolation"],
                    "Tags": given["tags"],
                    "PrimaryContainer": {
                        "Image": {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.us-east-1.amazonaws.com/a:" + given["asset"]},
                        "Environment": {"BUCKET": given["arn"]},
                    },
                },
            },
            "Config": {
                "Type": "AWS::SageMaker::EndpointConfig",
                "Properties": {
                    "ProductionVariants": [
                        {
                            "VariantName": "A",
                            "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
                            "InstanceType": "ml.c7i.large",
                            "InitialInstanceCount": given["count"],
                        }
                    ]
                },
            },
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "DefinitionString": given["definition"]},
            },
            **given.get("more", {}),
        },
    }


@dataclass(frozen=True)
class HarmlessChange:
    """A template that means the same as ``template()``, or as ``before``."""

    name: str
    after: Template
    before: Template | None = None
    contents: Mapping[str, str] | None = None


def _moved(order: Callable[[Sequence[Any]], Sequence[Any]]) -> Template:
    resources = template()["Resources"]
    return {"Resources": dict(order(list(resources.items())))}


HARMLESS: Sequence[HarmlessChange] = (
    HarmlessChange("the same", template()),
    HarmlessChange("the description of the template", template(top={"Description": "Serves churn"})),
    HarmlessChange("metadata of a resource", template(metadata={"aws:cdk:path": "App/Model/Resource", "note": "x"})),
    HarmlessChange("metadata of the template", template(top={"Metadata": {"owner": "churn"}})),
    HarmlessChange("the order of resources", _moved(lambda items: items[::-1])),
    HarmlessChange("the order of tags", template(tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}])),
    HarmlessChange("the order of statements", template(statements=_ALLOWED[::-1])),
    HarmlessChange(
        "the order of actions",
        template(statements=[{**_ALLOWED[0], "Action": ["s3:PutObject", "s3:GetObject"]}, _ALLOWED[1]]),
    ),
    HarmlessChange(
        "a list of one action", template(statements=[_ALLOWED[0], {**_ALLOWED[1], "Action": ["logs:PutLogEvents"]}])
    ),
    HarmlessChange("the name of a statement", template(statements=[_ALLOWED[0], {**_ALLOWED[1], "Sid": "PutLogs"}])),
    HarmlessChange(
        "a join that became a substitution", template(arn={"Fn::Sub": "arn:${AWS::Partition}:s3:::${Data}"})
    ),
    HarmlessChange("blanks in a definition", template(definition=_DEFINITION.replace(" ", ""))),
    HarmlessChange(
        "the order of a definition",
        template(definition='{"States": {"A": {"End": true, "Type": "Pass"}}, "StartAt": "A"}'),
    ),
    HarmlessChange("a boolean as text", template(isolation="true")),
    HarmlessChange("a number as text", template(count="2")),
    HarmlessChange(
        "another hash of the same content",
        template(asset=_OTHER_HASH),
        contents={_HASH: "the same", _OTHER_HASH: "the same"},
    ),
    HarmlessChange(
        "what the CDK says of itself",
        template(more={"CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:x"}}}),
    ),
    HarmlessChange("an output that nobody imports", template(top={"Outputs": {"Name": {"Value": {"Ref": "Model"}}}})),
    HarmlessChange("an order of creation", template(attributes={"DependsOn": ["Data"]})),
    HarmlessChange(
        "the order of managed policies",
        template(managed=["arn:aws:iam::aws:policy/B", "arn:aws:iam::aws:policy/A"]),
    ),
)
