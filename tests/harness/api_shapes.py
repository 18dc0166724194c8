"""CloudFormation properties judged by botocore's description of the API that they end up in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sagemaker_constructs.core.service_model import service_model

# What CloudFormation's Endpoint hands to UpdateEndpoint, not to CreateEndpoint.
UPDATE_MEMBERS = {
    "Endpoint": {"RetainAllVariantProperties", "ExcludeRetainedVariantProperties", "RetainDeploymentConfig"}
}
UNREADABLE = {r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}", r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,256}"}
"""Patterns of botocore's model that are none, in Java neither."""
GIVEN_BY_CLOUDFORMATION = {
    "Model": "ModelName",
    "EndpointConfig": "EndpointConfigName",
    "Endpoint": "EndpointName",
    "NotebookInstance": "NotebookInstanceName",
    "NotebookInstanceLifecycleConfig": "NotebookInstanceLifecycleConfigName",
} | {"Pipeline": "ClientRequestToken"}


def problems_of_resource(kind: str, properties: Mapping[str, Any]) -> list[str]:
    """What the Create (and Update) call of ``AWS::SageMaker::<kind>`` would refuse in ``properties``."""
    update = UPDATE_MEMBERS.get(kind, set())
    created = {name: value for name, value in properties.items() if name not in update}
    name = GIVEN_BY_CLOUDFORMATION.get(kind)
    if name:
        created.setdefault(name, {"Ref": "generated"})
    if kind == "Pipeline":
        # The API takes the body itself.
        created["PipelineDefinition"] = created["PipelineDefinition"]["PipelineDefinitionBody"]
    found = problems_of_call(f"Create{kind}", created)
    if update & set(properties):
        changed = {member: properties[member] for member in update if member in properties}
        shape = _input_shape(f"Update{kind}")
        found += [
            problem for member, value in changed.items() for problem in _judge(shape.members[member], value, member)
        ]
    return found


def problems_of_call(operation: str, arguments: Mapping[str, Any]) -> list[str]:
    """What ``operation`` would refuse in ``arguments``; references count as values of the right kind."""
    return list(_judge(_input_shape(operation), arguments, operation))


def _input_shape(operation: str) -> Any:
    return cast(Any, service_model()).operation_model(operation).input_shape


def _judge(shape: Any, value: Any, path: str) -> Iterator[str]:
    if _is_reference(value):
        return
    match shape.type_name:
        case "structure":
            yield from _judge_structure(shape, value, path)
        case "list":
            yield from _judge_length(shape, value, path)
            for index, item in enumerate(value):
                yield from _judge(shape.member, item, f"{path}[{index}]")
        case "map":
            yield from _judge_length(shape, value, path)
            for key, item in value.items():
                yield from _judge(shape.key, key, f"{path} key")
                yield from _judge(shape.value, item, f"{path}.{key}")
        case "string":
            yield from _judge_string(shape, value, path)
        case "integer" | "long" | "float" | "double":
            yield from _judge_number(shape, value, path)
        case "boolean":
            if not isinstance(value, bool):
                yield f"{path} must be a boolean, got: {value!r}"
        case _:
            pass


def _judge_structure(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path} must be a structure, got: {value!r}"
        return
    for member in shape.required_members:
        if member not in value:
            yield f"{path}.{member} is required"
    for member, item in cast(Mapping[str, Any], value).items():
        if member not in shape.members:
            yield f"{path}.{member} is no member of the API"
        else:
            yield from _judge(shape.members[member], item, f"{path}.{member}")


def _judge_string(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{path} must be a string, got: {value!r}"
        return
    if shape.enum and value not in shape.enum:
        yield f"{path} must be one of {shape.enum[:5]}…, got: {value!r}"
    pattern = shape.metadata.get("pattern")
    if pattern and pattern not in UNREADABLE and not re.fullmatch(_python(pattern), value):
        yield f"{path} must match {pattern}, got: {value!r}"
    yield from _judge_length(shape, value, path)


def _judge_number(shape: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{path} must be a number, got: {value!r}"
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and value < low) or (high is not None and value > high):
        yield f"{path} must be between {low} and {high}, got: {value}"


def _judge_length(shape: Any, value: Sequence[Any] | Mapping[str, Any], path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and len(value) < low) or (high is not None and len(value) > high):
        yield f"{path} must have between {low} and {high} entries or characters, got: {len(value)}"


def _is_reference(value: Any) -> bool:
    names = list(cast(Mapping[str, Any], value)) if isinstance(value, Mapping) else []
    return len(names) == 1 and (names[0] == "Ref" or names[0].startswith("Fn::"))


def _python(pattern: str) -> str:
    classes = {
        "L": "a-zA-Z",
        "M": "\u0300-\u036f",
        "Z": " ",
        "N": "0-9",
        "S": "$+<=>^`|~",
        "P": r"!-#%-*,-/:;?@\[-\]_{}",
    }
    for name, characters in classes.items():
        pattern = pattern.replace(rf"\p{{{name}}}", characters)
    return pattern
