"""Every private part of MiniStack's CloudFormation that the emulator touches; the test of `hooks` reads these too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

from emulator.ministack.hooks import module

_CLOUDFORMATION = "ministack.services.cloudformation"

STACK_HOOKS: Mapping[str, Sequence[str]] = {
    _CLOUDFORMATION: ("_stacks", "_change_sets", "_exports"),
    f"{_CLOUDFORMATION}.provisioners": (
        "_RESOURCE_HANDLERS",
        "_REPLACING_PROPERTIES",
        "_STACK_TAG_PROPERTY",
        "_cw_metric_alarm_record",
        "_replacing_change",
    ),
    f"{_CLOUDFORMATION}.stacks": (
        "_runs_on_worker_thread",
        "_deploy_stack_async",
        "_delete_stack_async",
        "_roll_back_operation",
        "_add_event",
        "_evaluate_conditions",
        "_topological_sort",
        "_resolve_stack_outputs",
        "_replacing_change",
    ),
    f"{_CLOUDFORMATION}.custom_resource": ("invoke_custom_resource", "register_token", "deliver_response"),
    f"{_CLOUDFORMATION}.drift": ("_DRIFT_READERS",),
    f"{_CLOUDFORMATION}.handlers": (
        "_deploy_stack_async",
        "_delete_stack_async",
        "_roll_back_operation",
        "_evaluate_conditions",
        "_imported_export_names",
        "_ACTION_HANDLERS",
        "_resolve_template",
        "_parse_template",
        "validate_template_support",
    ),
    f"{_CLOUDFORMATION}.changesets": (
        "_deploy_stack_async",
        "_IMPORT_LOOKUPS",
        "_import_changes",
        "_evaluate_conditions",
        "validate_template_support",
    ),
    f"{_CLOUDFORMATION}.engine": ("_evaluate_conditions",),
}
"""Names used, by module."""

StackTask = Literal["deploy", "delete", "roll back"]
Task = Callable[..., Awaitable[None]]

_TASKS: Mapping[StackTask, tuple[str, Sequence[str]]] = {
    "deploy": ("_deploy_stack_async", ("stacks", "handlers", "changesets")),
    "delete": ("_delete_stack_async", ("stacks", "handlers")),
    "roll back": ("_roll_back_operation", ("stacks", "handlers")),
}
"""The function that carries a task out, and the modules that have imported it."""

CustomResourceCall = Callable[..., tuple[str, dict[str, Any]]]
"""Asks the function of a custom resource, waits for the answer, and raises what it says of a failure."""


def cloudformation(part: str) -> Any:
    """Import one of the modules of MiniStack's CloudFormation."""
    return module(f"{_CLOUDFORMATION}.{part}")


def add_resource_type(
    name: str, handlers: Mapping[str, Any], *, replacing: Sequence[str], tags: tuple[str, str] | None = None
) -> None:
    """Register a CloudFormation type.

    Args:
        name: Such as `AWS::SageMaker::Model`.
        handlers: `create(logical_id, properties, stack_name)`, `update(physical_id, old, new, stack_name)` and
            `delete(physical_id, properties)`.
        replacing: Properties whose change replaces the resource.
        tags: Property that takes stack tags, and its shape, `list` or `map`.
    """
    provisioners = cloudformation("provisioners")
    provisioners._RESOURCE_HANDLERS[name] = dict(handlers)
    provisioners._REPLACING_PROPERTIES[name] = tuple(replacing)
    if tags:
        provisioners._STACK_TAG_PROPERTY[name] = tags


def add_drift_reader(
    name: str, read: Callable[[str, dict[str, Any]], dict[str, Any] | None], properties: Sequence[str]
) -> None:
    """Let drift detection read a type.

    Args:
        name: Such as `AWS::SageMaker::Model`.
        read: Gives the current properties from physical id and template properties; None when it is gone.
        properties: Properties that are compared.
    """
    cloudformation("drift")._DRIFT_READERS[name] = (read, frozenset(properties))


def replace_for(name: str, replaces: Callable[[dict[str, Any], dict[str, Any]], bool]) -> None:
    """Replace resources of a type for what `replaces` says of old and new properties, too."""
    for part in (cloudformation("stacks"), cloudformation("provisioners")):
        _replace_for(part, name, replaces)


def _replace_for(part: Any, name: str, replaces: Callable[[dict[str, Any], dict[str, Any]], bool]) -> None:
    original = part._replacing_change

    def replacing_change(kind: str, old: dict[str, Any], new: dict[str, Any]) -> bool:
        return original(kind, old, new) or (kind == name and replaces(old, new))

    part._replacing_change = replacing_change


def check_templates(check: Callable[[Mapping[str, Any]], None]) -> None:
    """Let `check`, which raises, see each template before anything is done with it."""
    for part in ("handlers", "changesets"):
        _check_templates_of(cloudformation(part), check)


def _check_templates_of(part: Any, check: Callable[[Mapping[str, Any]], None]) -> None:
    original = part.validate_template_support

    def validate(template: dict[str, Any], *more: Any, **named: Any) -> None:
        original(template, *more, **named)
        check(template)

    part.validate_template_support = validate


def make_importable(
    name: str,
    identifier: Sequence[str],
    adopt: Callable[[Mapping[str, str]], tuple[str, dict[str, Any]]],
    problem: Callable[..., str | None],
) -> None:
    """Let change sets import a type.

    Args:
        name: Such as `AWS::SageMaker::Pipeline`.
        identifier: Properties that name a resource; the last one is its physical id.
        adopt: Gives physical id and attributes of the resource that an identifier names.
        problem: Says, for the values of the identifier, why there is no such resource; None when there is.
    """
    cloudformation("changesets")._IMPORT_LOOKUPS[name] = (tuple(identifier), problem)
    cloudformation("provisioners")._RESOURCE_HANDLERS[name]["import"] = adopt


def check_imports(refuse: Callable[[frozenset[str]], None]) -> None:
    """Let `refuse`, which raises, see the types that a change set imports, and say in summaries which can be."""
    changesets, handlers = cloudformation("changesets"), cloudformation("handlers")
    changes, summary = changesets._import_changes, handlers._ACTION_HANDLERS["GetTemplateSummary"]

    def import_changes(resources: Sequence[Mapping[str, Any]], *more: Any) -> Any:
        refuse(frozenset(each["ResourceType"] for each in resources))
        return changes(resources, *more)

    def summarized(parameters: Mapping[str, Any]) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = summary(parameters)
        if status != 200:
            return status, headers, body
        given, _ = handlers._resolve_template(parameters)
        resources: Mapping[str, Any] = handlers._parse_template(given)["Resources"] if given else {}
        members = "".join(
            _identified(resources, name, keys) for name, (keys, _) in changesets._IMPORT_LOOKUPS.items()
        )
        found = f"<ResourceIdentifierSummaries>{members}</ResourceIdentifierSummaries></GetTemplateSummaryResult>"
        return status, headers, body.replace(b"</GetTemplateSummaryResult>", found.encode())

    changesets._import_changes = import_changes
    handlers._ACTION_HANDLERS["GetTemplateSummary"] = summarized


def _identified(resources: Mapping[str, Mapping[str, Any]], kind: str, keys: Sequence[str]) -> str:
    """The resources of one type, and what names one of them, as a member of a template's summary."""
    logical_ids = [name for name, each in resources.items() if each.get("Type") == kind]
    if not logical_ids:
        return ""
    named, identified = ("".join(f"<member>{each}</member>" for each in listed) for listed in (logical_ids, keys))
    return (
        f"<member><ResourceType>{kind}</ResourceType><LogicalResourceIds>{named}</LogicalResourceIds>"
        f"<ResourceIdentifiers>{identified}</ResourceIdentifiers></member>"
    )


def resource_handlers(name: str) -> dict[str, Any]:
    """Handlers of a type that MiniStack has; change the mapping to change them."""
    return cloudformation("provisioners")._RESOURCE_HANDLERS[name]


def check_properties(name: str, check: Callable[[Mapping[str, Any]], None]) -> None:
    """Let `check`, which raises, see properties before MiniStack makes or changes a resource of its own types."""
    handlers = resource_handlers(name)
    create, update = handlers["create"], handlers["update"]

    def create_checked(logical_id: str, properties: Mapping[str, Any], *others: Any) -> Any:
        check(properties)
        return create(logical_id, properties, *others)

    def update_checked(physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], *others: Any) -> Any:
        check(new)
        return update(physical_id, old, new, *others)

    handlers.update(create=create_checked, update=update_checked)


def run_on_worker_thread(types: Sequence[str]) -> None:
    """Provision these types on a thread, because they wait."""
    stacks = cloudformation("stacks")
    original = stacks._runs_on_worker_thread

    def runs_on_worker_thread(name: str) -> bool:
        return name in types or original(name)

    stacks._runs_on_worker_thread = runs_on_worker_thread


def observe_stack_events(observer: Callable[[str, str, str], None]) -> None:
    """Tell an observer of each stack event: the stack's ARN, the resource's type and its status."""
    stacks = cloudformation("stacks")
    original = stacks._add_event

    def add_event(stack: str, name: str, logical_id: str, kind: str, status: str, *more: Any, **named: Any) -> None:
        original(stack, name, logical_id, kind, status, *more, **named)
        observer(stack, kind, status)

    stacks._add_event = add_event


def check_exports(check: Callable[[str, Mapping[str, str]], None]) -> None:
    """Let `check`, which raises, see a stack's ARN and the values of its exports before they are told to others."""
    stacks = cloudformation("stacks")
    original = stacks._resolve_stack_outputs

    def resolve_outputs(*arguments: Any) -> tuple[list[Any], dict[str, Any]]:
        outputs, exports = original(*arguments)
        check(arguments[-1], {name: each["Value"] for name, each in exports.items()})
        return outputs, exports

    stacks._resolve_stack_outputs = resolve_outputs


def exports_of(stack: str) -> Mapping[str, str]:
    """The exports that a stack, by its ARN, has told to others so far."""
    known = module(_CLOUDFORMATION)._exports
    return {name: each["Value"] for name, each in known.items() if each["StackId"] == stack}


def importers_of(export: str) -> Sequence[str]:
    """The names of the stacks that import an export."""
    imported = cloudformation("handlers")._imported_export_names
    stacks = module(_CLOUDFORMATION)._stacks
    there = ((name, each) for name, each in stacks.items() if not each.get("StackStatus", "").startswith("DELETE"))
    return [name for name, each in there if export in imported(each, name)]


def wrap_stack_task(task: StackTask, wrap: Callable[[Task], Task]) -> None:
    """Put a function in front of the one that carries a task of a stack out."""
    name, parts = _TASKS[task]
    wrapped = wrap(getattr(cloudformation("stacks"), name))
    for part in parts:
        setattr(cloudformation(part), name, wrapped)


def wrap_custom_resource_calls(
    wrap: Callable[[CustomResourceCall], CustomResourceCall],
    asked: Callable[[str], None],
    answered: Callable[[str, Mapping[str, Any]], None],
) -> Callable[[str, Mapping[str, Any]], bool]:
    """Put a call in front of the one that asks a custom resource's function.

    ``asked`` gets, in the thread of the call, the token that stands for the awaited answer, ``answered`` the answers
    as they come. What is returned gives an answer in the function's place.
    """
    requests = cloudformation("custom_resource")
    requests.invoke_custom_resource = wrap(requests.invoke_custom_resource)
    original = requests.register_token

    deliver = requests.deliver_response

    def register(token: str) -> Any:
        asked(token)
        return original(token)

    def note(token: str, answer: Mapping[str, Any]) -> bool:
        answered(token, answer)
        return deliver(token, answer)

    requests.register_token, requests.deliver_response = register, note
    return deliver
