"""Where a construct is: its path, and what it has of its stack."""

from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

from aws_cdk import Aws, Stack
from constructs import IConstruct


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


@cache
def partition() -> str:
    """The pseudo parameter ``AWS::Partition``, read once."""
    return Aws.PARTITION


@cache
def region() -> str:
    """The pseudo parameter ``AWS::Region``, read once."""
    return Aws.REGION


@cache
def url_suffix() -> str:
    """The pseudo parameter ``AWS::URLSuffix``, read once."""
    return Aws.URL_SUFFIX


_PATHS: "WeakKeyDictionary[IConstruct, str]" = WeakKeyDictionary()


def path_of(construct: IConstruct) -> str:
    """The path of ``construct``, read once."""
    if construct not in _PATHS:
        _PATHS[construct] = construct.node.path
    return _PATHS[construct]


def child_path(scope: IConstruct, id: str) -> str:
    """The path of the construct ``id`` below ``scope``."""
    own = id.replace("/", "--")
    return f"{above}/{own}" if (above := path_of(scope)) else own


def remember_path(construct: IConstruct, path: str) -> str:
    """``path``, which ``path_of`` answers for ``construct`` from here on."""
    _PATHS[construct] = path
    return path
