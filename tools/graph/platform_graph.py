"""The graph of an app's stacks: what each holds, and what is deployed before it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tools.graph.assembly import Stack
from tools.graph.drawing import edge, graph, label, quoted

_SHOWN = 5
# What comes with other resources says nothing about a stack.
_LEFT_OUT = ("AWS::CDK::Metadata", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::Logs::LogGroup")


def platform_graph(name: str, stacks: Sequence[Stack]) -> str:
    """The graph of ``stacks``; an order that follows from others is left out."""
    body = [f"{quoted(stack.id)} [label={label(stack.name, *_held(stack))}]" for stack in stacks]
    after = {stack.id: frozenset(stack.after) for stack in stacks}
    for stack in stacks:
        implied = {earlier for each in stack.after for earlier in _before(each, after)}
        body += [edge(each, stack.id, "", line="order") for each in stack.after if each not in implied]
    total = sum(len(stack.resources) for stack in stacks)
    return graph(name, body, caption=f"{len(stacks)} stacks, {total} resources")


def _before(stack: str, after: dict[str, frozenset[str]]) -> Iterator[str]:
    for each in after.get(stack, ()):
        yield each
        yield from _before(each, after)


def _held(stack: Stack) -> Iterator[str]:
    kinds = Counter(resource["Type"] for resource in stack.resources.values() if resource["Type"] not in _LEFT_OUT)
    ordered = sorted(kinds.items(), key=lambda kind: (not kind[0].startswith("AWS::SageMaker"), -kind[1], kind[0]))
    for kind, count in ordered[:_SHOWN]:
        yield f"{count} {kind.removeprefix('AWS::').removeprefix('Custom::').replace('::', ' ')}"
    if len(ordered) > _SHOWN:
        yield f"and {sum(count for _, count in ordered[_SHOWN:])} more"
