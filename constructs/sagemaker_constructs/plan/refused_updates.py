"""Which changes AWS will refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_constructs.core.rules.catalogue import Breach, Request, breaches
from sagemaker_constructs.core.templates.assembly import Template
from sagemaker_constructs.core.templates.intrinsics import flat_text, is_list, is_structure, references_in
from sagemaker_constructs.core.templates.landscape import Landscape, TemplateResource
from sagemaker_constructs.plan.changes import ChangeAction, ResourceChange
from sagemaker_constructs.plan.create_only import names_of
from sagemaker_constructs.policy.refusals import refusals, tokenized
from sagemaker_constructs.policy.relations import scalable_targets_of
from sagemaker_constructs.policy.requests import requests_of

REMEDIES: Mapping[str, str] = {
    "scaled-variants-stay-as-they-are": "Deploy once without its scaling, then with the change and the scaling.",
    "deployments-keep-the-names-of-variants": "Keep the names, or put the change behind another endpoint.",
}
"""What to do about a rule, where it is not obvious."""

MOST_RESOURCES = 500
_MANY_NAMES = ("AWS::CloudFormation::", "AWS::ApplicationAutoScaling::", "Custom::")


@dataclass(frozen=True)
class RefusedUpdate:
    """A change that AWS refuses, by the name of the rule; ``remedy`` is what to do about it."""

    stack: str
    logical_id: str
    rule: str
    message: str
    remedy: str = ""


def refused_updates(
    old: Mapping[str, Template], new: Mapping[str, Template], changes: Sequence[ResourceChange]
) -> tuple[RefusedUpdate, ...]:
    """The changes from ``old`` to ``new`` that AWS refuses."""
    before, after = Landscape(old), Landscape(new)
    found = [
        *_other_types(changes),
        *_names_that_are_taken(changes),
        *_lists_that_only_grow(changes),
        *_exports_in_use(old, new, changes),
        *_large_stacks(new),
        *_endpoints(before, after, changes),
        *_of_the_catalogue(after, changes),
    ]
    return tuple(dict.fromkeys(found))


def _other_types(changes: Sequence[ResourceChange]) -> Iterator[RefusedUpdate]:
    for change in changes:
        if change.old is not None and change.new is not None and change.old["Type"] != change.new["Type"]:
            yield RefusedUpdate(
                change.stack,
                change.logical_id,
                "a-logical-id-keeps-its-type",
                f"CloudFormation does not update a resource from {change.old['Type']} to {change.new['Type']}",
                "Give the new resource another logical ID.",
            )


def _names_that_are_taken(changes: Sequence[ResourceChange]) -> Iterator[RefusedUpdate]:
    for change in changes:
        if change.action is not ChangeAction.REPLACE or change.type.startswith(_MANY_NAMES):
            continue
        old, new = change.properties_before, change.properties_after
        for name in names_of(change.type):
            if new.get(name) and flat_text(old.get(name)) == flat_text(new.get(name)):
                reasons = ", ".join(map(str, change.reasons))
                yield RefusedUpdate(
                    change.stack,
                    change.logical_id,
                    "a-named-resource-is-not-replaced",
                    f"{reasons} replaces it, and its {name} {flat_text(new[name])} is taken by the old one",
                    f"Change {name}, or leave it out.",
                )


def _lists_that_only_grow(changes: Sequence[ResourceChange]) -> Iterator[RefusedUpdate]:
    for change in changes:
        if change.type != "AWS::SageMaker::FeatureGroup" or change.action is not ChangeAction.UPDATE:
            continue
        before, after = _features(change.properties_before), _features(change.properties_after)
        gone = [name for name, described in before.items() if after.get(name) != described]
        if gone:
            yield RefusedUpdate(
                change.stack,
                change.logical_id,
                "features-are-only-added",
                f"features of a group are neither changed nor taken away, got: {', '.join(gone)}",
                "Add a feature of another name, or make another group.",
            )


def _features(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    listed = properties.get("FeatureDefinitions")
    return {str(each.get("FeatureName")): each for each in (listed if is_list(listed) else ()) if is_structure(each)}


def _exports_in_use(
    old: Mapping[str, Template], new: Mapping[str, Template], changes: Sequence[ResourceChange]
) -> Iterator[RefusedUpdate]:
    replaced = {(each.stack, each.logical_id) for each in changes if each.action is ChangeAction.REPLACE}
    importers = {
        name: stack
        for stack, template in old.items()
        for name in references_in({"all": template.get("Resources", {})})
        if ":" in name or "-" in name
    }
    for stack, template in old.items():
        kept = {
            flat_text(each["Export"].get("Name"))
            for each in new.get(stack, {}).get("Outputs", {}).values()
            if each.get("Export")
        }
        for output in template.get("Outputs", {}).values():
            export = flat_text(output["Export"].get("Name")) if output.get("Export") else ""
            user = importers.get(export)
            if not export or user is None or stack not in new:
                continue
            causes = [name for name in references_in(output.get("Value")) if (stack, name) in replaced]
            if causes or export not in kept:
                why = f"{causes[0]} is replaced" if causes else "it is gone from the template"
                yield RefusedUpdate(
                    stack,
                    causes[0] if causes else "Outputs",
                    "exports-in-use-stay",
                    f"the export {export} changes as {why}, and the stack {user} imports it",
                    "Deploy the importing stack without the import first.",
                )


def _large_stacks(new: Mapping[str, Template]) -> Iterator[RefusedUpdate]:
    for stack, template in new.items():
        count = len(template.get("Resources", {}))
        if count > MOST_RESOURCES:
            yield RefusedUpdate(
                stack,
                "Resources",
                "a-stack-has-500-resources",
                f"a stack has at most {MOST_RESOURCES} resources, got: {count}",
            )


def _endpoints(before: Landscape, after: Landscape, changes: Sequence[ResourceChange]) -> Iterator[RefusedUpdate]:
    """Updates of endpoints, which the catalogue judges by what they were before."""
    for change in changes:
        if change.type != "AWS::SageMaker::Endpoint" or not change.changes("EndpointConfigName", "DeploymentConfig"):
            continue
        old, new = (each.called(change.stack, change.logical_id) for each in (before, after))
        if old is None or new is None or change.action.replaces:
            continue
        find = _finding(old, new)
        written = {name: tokenized(each) for name, each in new.properties.items()}
        request = {**written, "EndpointName": change.logical_id, "EndpointConfigName": "new"}
        for breach in _broken("UpdateEndpoint", request, find):
            yield _refused(change.stack, change.logical_id, breach, "the update ")


def _finding(old: TemplateResource, new: TemplateResource) -> Callable[[str, str], Request | None]:
    configurations = [each.landscape.referred(each, each.value("EndpointConfigName")) for each in (old, new)]
    requests = [tokenized(each.properties) if each is not None else None for each in configurations]
    scaled = {variant for variant, _ in scalable_targets_of(old)}

    def find(kind: str, key: str) -> Request | None:
        match kind:
            case "Endpoint":
                return {"EndpointConfigName": "old"}
            case "EndpointConfig":
                return requests[0] if key == "old" else requests[1]
            case _:
                return {"ResourceId": key} if key.rpartition("/")[2] in scaled else None

    return find


def _broken(operation: str, request: Request, find: Callable[[str, str], Request | None]) -> Sequence[Breach]:
    try:
        return list(breaches(operation, request, find, "emulator"))
    except (AttributeError, KeyError, TypeError):
        return ()


def _of_the_catalogue(after: Landscape, changes: Sequence[ResourceChange]) -> Iterator[RefusedUpdate]:
    """What would be refused of any resource that is made or changed."""
    for change in changes:
        subject = after.called(change.stack, change.logical_id)
        if subject is None or change.new is None:
            continue
        for each in (subject, *requests_of(subject)):
            for breach in refusals(each):
                yield _refused(change.stack, change.logical_id, breach, f"{breach.path} ")


def _refused(stack: str, logical_id: str, breach: Breach, led_by: str) -> RefusedUpdate:
    rule = breach.rule.id
    return RefusedUpdate(stack, logical_id, rule, f"{led_by}{breach.at_synth}", REMEDIES.get(rule, ""))
