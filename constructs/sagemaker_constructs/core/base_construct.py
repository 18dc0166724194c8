"""What all constructs of the library share: their path and their stack, without asking for them each time."""

from collections.abc import Callable
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

from aws_cdk import CfnResource, Stack, Stage
from constructs import Construct, IConstruct, IDependable

from sagemaker_constructs.core.places import Location, child_path, partition, path_of, remember_path
from sagemaker_constructs.core.problems import one_of, reject
from sagemaker_constructs.core.service_model import sagemaker_regions
from sagemaker_constructs.core.tokens import is_token

_LOCATIONS: "WeakKeyDictionary[IConstruct, Location]" = WeakKeyDictionary()


def location_of(construct: IConstruct) -> Location:
    """Where ``construct`` is, read once for it and once for its stack.

    Raises ``InvalidInput`` for a region without SageMaker, which is often a misspelled one.
    """
    if construct not in _LOCATIONS:
        stack = construct if isinstance(construct, Stack) else Stack.of(construct)
        if stack not in _LOCATIONS:
            given = stack.stack_name
            name = stack.node.id if is_token(given) else given
            region = stack.region
            reject(stack, [one_of("env.region", region, sagemaker_regions())])
            _LOCATIONS[stack] = Location(stack, name, partition(), region, stack.account)
        _LOCATIONS[construct] = _LOCATIONS[stack]
    return _LOCATIONS[construct]


def path_within_stack(construct: IConstruct) -> str:
    """The path of ``construct`` below its stack."""
    return path_of(construct).removeprefix(f"{path_of(location_of(construct).stack)}/")


_STAGES: "WeakKeyDictionary[Stack, Stage | Stack]" = WeakKeyDictionary()


def stage_of(stack: Stack) -> Stage | Stack:
    """The stage or app around ``stack``, asked for once; the stack itself where there is none."""
    if stack not in _STAGES:
        _STAGES[stack] = Stage.of(stack) or stack
    return _STAGES[stack]


Single = TypeVar("Single", bound=Construct)
_SINGLE: "WeakKeyDictionary[Stack, dict[str, Construct]]" = WeakKeyDictionary()


def singleton(scope: IConstruct, id: str, make: Callable[[Construct, str], Single]) -> Single:
    """The construct ``id`` of the stack around ``scope``, made when it is first asked for."""
    stack = location_of(scope).stack
    made = _SINGLE.setdefault(stack, {})
    if id not in made:
        made[id] = make(stack, id)
    return cast(Single, made[id])


def depend(resource: CfnResource, *on: IDependable) -> None:
    """Let ``resource`` wait for ``on``; a resource is named directly, which takes one crossing less."""
    for each in on:
        if isinstance(each, CfnResource):
            resource.add_resource_dependency(each)
        else:
            resource.node.add_dependency(each)


def adopt(construct: Construct, scope: Construct, id: str) -> None:
    """Remember path and stack of ``construct``, an L2 of ours that was made as ``id`` below ``scope``."""
    _LOCATIONS[construct] = location_of(scope)
    remember_path(construct, child_path(scope, id))


class BaseConstruct(Construct):
    """A construct that finds its path and its stack through its scope, in Python alone."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        _LOCATIONS[self] = location_of(scope)
        self._path = remember_path(self, child_path(scope, id))

    @property
    def location(self) -> Location:
        """The stack of this construct."""
        return _LOCATIONS[self]

    @property
    def path(self) -> str:
        """``node.path``."""
        return self._path
