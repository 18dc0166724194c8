"""What SageMaker is told of the features of a group."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import CfnResource
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct, singleton
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.problems import Problem, matches, no_more_than
from sagemaker_constructs.features.feature_schema import FeatureSchema

_MOST_PARAMETERS = 25
_MOST_CHARACTERS = 100_000
_WORD = r"[\w .:/=+-]{1,255}"
_WORDS = "1 to 255 letters, digits, spaces and _ . : / = + -"


class FeatureMetadata(BaseConstruct):
    """Descriptions and parameters of the features of a group, where SageMaker's own search and console show them.

    ``FeatureGroup`` makes it of a schema that has any. CloudFormation takes neither: a function writes them at
    deployment, and changes them without changing the group. What a template stops stating is taken away; what people
    have written in the console about other features stays. They go with the group, and not with the stack.

    Provisions: one custom resource; and once per stack an ``AWS::Lambda::Function`` with a role that may describe
    these groups' features, and a log group.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureMetadata.html
    """

    def __init__(self, scope: Construct, id: str, *, schema: FeatureSchema, group: str, arn: str) -> None:
        super().__init__(scope, id)
        function = singleton(self, "SageMakerFeatureMetadata", _writing_function)
        grants = Grants()
        grants.allow("sagemaker:DescribeFeatureMetadata", "sagemaker:UpdateFeatureMetadata", on=arn)
        function.allow(grants)
        self.resource: CfnResource = CfnResource(
            self,
            "Resource",
            type="Custom::SageMakerFeatureMetadata",
            properties={"ServiceToken": function.arn, "Group": group, "Features": _text(schema)},
        )


def metadata_problems(schema: FeatureSchema) -> Iterator[Problem | None]:
    """What SageMaker refuses of descriptions and parameters."""
    for kind, stated in (("descriptions", schema.descriptions), ("parameters", schema.parameters)):
        for name in stated:
            if name not in schema.features:
                yield Problem(f"{kind}[{name}]", "must be the name of a feature")
    for name, description in schema.descriptions.items():
        yield matches(f"descriptions[{name}]", description, r".{1,255}", "1 to 255 characters in one line")
    for name, parameters in schema.parameters.items():
        yield no_more_than(f"parameters[{name}]", list(parameters), _MOST_PARAMETERS)
        for key, value in parameters.items():
            yield matches(f"parameters[{name}]", key, _WORD, _WORDS)
            yield matches(f"parameters[{name}][{key}]", value, _WORD, _WORDS)
    length = len(_text(schema))
    if length > _MOST_CHARACTERS:
        words = f"must be at most {_MOST_CHARACTERS} characters together with parameters, got: {length}"
        yield Problem("descriptions", words)


def _text(schema: FeatureSchema) -> str:
    told: dict[str, Mapping[str, Any]] = {}
    for name in schema.features:
        parts: dict[str, Any] = {}
        if name in schema.descriptions:
            parts["description"] = schema.descriptions[name]
        if schema.parameters.get(name):
            parts["parameters"] = dict(schema.parameters[name])
        if parts:
            told[name] = parts
    return json.dumps(told, separators=(",", ":"))


def _writing_function(scope: Construct, id: str) -> LibraryFunction:
    return LibraryFunction(
        scope,
        id,
        code="feature_metadata",
        handler="handler.handler",
        description="Tells SageMaker what features are",
        timeout_seconds=900,
        holds="It describes features of groups that refer to it, and holds no data.",
        grows=True,
    )
