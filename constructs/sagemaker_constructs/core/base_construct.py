"""What all constructs of the library share: their path and their stack, without asking for them each time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

from aws_cdk import Aws, CfnResource, Stack
from constructs import Construct, IConstruct, IDependable

from sagemaker_constructs.core.tokens import is_token


@dataclass(frozen=True, eq=False)
class Location:
    """The stack that a construct belongs to, and what ARNs in it begin with: literals or pseudo parameters."""

    stack: Stack
    stack_name: str
    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str, *, separator: str = "/", name: str | None = None) -> str:
        """The ARN of ``resource``, or of the one called ``name`` of that type, in this account and region."""
        named = resource if name is None else f"{resource}{separator}{name}"
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{named}"


_LOCATIONS: "WeakKeyDictionary[IConstruct, Location]" = WeakKeyDictionary()
_PATHS: "WeakKeyDictionary[IConstruct, str]" = WeakKeyDictionary()


def location_of(construct: IConstruct) -> Location:
    """Where ``construct`` is, read once for it and once for its stack."""
    if construct not in _LOCATIONS:
        stack = construct if isinstance(construct, Stack) else Stack.of(construct)
        if stack not in _LOCATIONS:
            given = stack.stack_name
            name = stack.node.id if is_token(given) else given
            _LOCATIONS[stack] = Location(stack, name, Aws.PARTITION, stack.region, stack.account)
        _LOCATIONS[construct] = _LOCATIONS[stack]
    return _LOCATIONS[construct]


def path_of(construct: IConstruct) -> str:
    """The path of ``construct``, read once."""
    if construct not in _PATHS:
        _PATHS[construct] = construct.node.path
    return _PATHS[construct]


def child_path(scope: IConstruct, id: str) -> str:
    """The path of the construct ``id`` below ``scope``."""
    own = id.replace("/", "--")
    return f"{above}/{own}" if (above := path_of(scope)) else own


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


class BaseConstruct(Construct):
    """A construct that finds its path and its stack through its scope, in Python alone."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        _LOCATIONS[self] = location_of(scope)
        _PATHS[self] = child_path(scope, id)

    @property
    def location(self) -> Location:
        """The stack of this construct."""
        return _LOCATIONS[self]

    @property
    def path(self) -> str:
        """``node.path``."""
        return _PATHS[self]
