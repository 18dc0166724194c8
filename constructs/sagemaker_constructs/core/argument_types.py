"""Arguments of another type than their annotation, refused in one line before anything is made of them."""

import collections.abc
import functools
import inspect
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, Union, Unpack, cast, get_args, get_origin, get_type_hints, is_typeddict

from sagemaker_constructs.core.tokens import is_token

_CHECKED = "__checked_arguments__"
_LONGEST_SHOWN = 60
_LISTS = (collections.abc.Sequence, collections.abc.Iterable, list, tuple)
_MAPPINGS = (collections.abc.Mapping, dict)
# Behind it stands an object of the CDK's process, whose interfaces are known there only.
_ANONYMOUS = "InterfaceDynamicProxy"


def check_arguments(named: Any) -> Any:
    """``named``, a class or function of this library, which refuses arguments of a wrong type from here on.

    Its constructor and its public methods do, those that it inherits from this library included. It is done where
    names leave the library, so that no class has to ask for it. What the annotations do not decide passes: tokens,
    type variables, and names that are imported for type checkers only.

    See https://docs.python.org/3/library/typing.html
    """
    if isinstance(named, types.FunctionType):
        return named if hasattr(named, _CHECKED) else _checking(named, named.__qualname__)
    if isinstance(named, type):
        for owner in cast(Any, named).__mro__:
            if _is_ours(owner) and _CHECKED not in vars(owner):
                setattr(owner, _CHECKED, True)
                _check_members(owner)
    return named


def _is_ours(owner: "type[Any]") -> bool:
    if issubclass(owner, BaseException) or getattr(cast(Any, owner), "_is_protocol", False):
        return False
    return owner.__module__.partition(".")[0] == __name__.partition(".")[0]


def _check_members(owner: type) -> None:
    members: dict[str, Any] = dict(vars(owner))
    for name, member in members.items():
        if name.startswith("_") and name != "__init__":
            continue
        function = getattr(member, "__func__", member)
        if isinstance(function, types.FunctionType):
            place = owner.__qualname__ if name == "__init__" else f"{owner.__qualname__}.{name}"
            checking = _checking(function, place)
            setattr(owner, name, checking if function is member else type(member)(checking))


def _checking(function: Callable[..., Any], place: str) -> Callable[..., Any]:
    parameters = list(inspect.signature(function).parameters.values())
    ordered = [parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    hints: dict[str, _Hint] | None = None

    @functools.wraps(function)
    def checking(*arguments: Any, **named: Any) -> Any:
        nonlocal hints
        if hints is None:
            found = _hints(function, {*ordered, *(parameter.name for parameter in parameters)})
            hints = {name: _Hint(expected) for name, expected in found.items()}
        given = {**dict(zip(ordered, arguments, strict=False)), **named}
        wrong = [found for name in given if name in hints for found in hints[name].mismatches(name, given[name])]
        if wrong:
            _refuse(place, given, wrong)
        return function(*arguments, **named)

    setattr(checking, _CHECKED, True)
    return checking


class _Hint:
    """The type of one argument, and the classes whose objects fit whatever they hold, as most arguments do."""

    def __init__(self, expected: Any) -> None:
        self._expected = expected
        self._fitting: set[type] = set()

    def mismatches(self, path: str, value: object) -> Iterable[tuple[str, str]]:
        """Path and message of whatever in ``value`` is of a wrong type."""
        kind = type(value)
        if kind in self._fitting:
            return ()
        wrong = list(_mismatches(path, value, self._expected))
        if not wrong and any(_is_plain(each) and isinstance(value, each) for each in _alternatives(self._expected)):
            self._fitting.add(kind)
        return wrong


def _is_plain(expected: Any) -> bool:
    """Whether an object's class alone says that it is what ``expected`` says."""
    return isinstance(expected, type) and not (
        expected is Any or get_origin(expected) or is_typeddict(expected) or getattr(expected, "_is_protocol", False)
    )


def _hints(function: Callable[..., Any], parameters: set[str]) -> dict[str, Any]:
    """The types of ``parameters`` that exist in this process."""
    found: dict[str, Any] = {}
    for name, annotation in function.__annotations__.items():
        alone = types.SimpleNamespace(__annotations__={name: annotation})
        if name in parameters:
            try:
                found |= get_type_hints(alone, getattr(function, "__globals__", {}))
            except NameError:
                continue
            if get_origin(found.get(name)) is Unpack:
                # The options of ``**options``, which callers give by their own names.
                [options] = get_args(found.pop(name))
                found |= get_type_hints(options)
    return found


def _refuse(place: str, given: Mapping[str, object], wrong: list[tuple[str, str]]) -> None:
    from constructs import Construct

    from sagemaker_constructs.core.places import child_path, path_of
    from sagemaker_constructs.core.problems import InvalidInput, Problem

    scope, own, made = (given.get(name) for name in ("scope", "id", "self"))
    _, _, method = place.partition(".")
    if isinstance(scope, Construct) and isinstance(own, str) and not method:
        place = child_path(scope, own)
    elif isinstance(made, Construct) and method:
        place = f"{path_of(made)}.{method}"
    elif not method and made is not None:
        place = type(made).__name__
    raise InvalidInput(place, [Problem(path, message) for path, message in wrong])


def _mismatches(path: str, value: object, expected: Any) -> Iterator[tuple[str, str]]:
    """Path and message of whatever in ``value`` is not what ``expected`` says."""
    if not _fits(value, expected):
        yield path, f"must be {_words(expected)}, got: {_got(value)}"
        return
    chosen = next((each for each in _alternatives(expected) if _fits(value, each)), None)
    origin, inner = get_origin(chosen), get_args(chosen)
    if origin in _LISTS and inner and isinstance(value, list | tuple) and not is_token(cast(object, value)):
        for index, entry in enumerate(cast("list[object] | tuple[object, ...]", value)):
            yield from _mismatches(f"{path}[{index}]", entry, inner[0])
    elif origin in _MAPPINGS and inner and isinstance(value, Mapping):
        for key, entry in cast("Mapping[object, object]", value).items():
            yield from _mismatches(f"{path}[{key}]", entry, inner[1])


def _alternatives(expected: Any) -> tuple[Any, ...]:
    return get_args(expected) if get_origin(expected) in (Union, types.UnionType) else (expected,)


def _fits(value: object, expected: Any) -> bool:
    """Whether ``value`` itself, whatever it holds, is what ``expected`` says."""
    alternatives = _alternatives(expected)
    if len(alternatives) > 1:
        return any(_fits(value, each) for each in alternatives)
    if expected is None or expected is type(None):
        return value is None
    origin = get_origin(expected)
    if origin is Literal:
        return any(isinstance(value, type(each)) for each in get_args(expected))
    if origin in _LISTS:
        return isinstance(value, collections.abc.Iterable) and not isinstance(value, str | bytes | Mapping)
    kind = origin or expected
    if not isinstance(kind, type) or kind in (object, Any):
        return True
    if is_typeddict(kind):
        return isinstance(value, Mapping)
    if getattr(kind, "_is_protocol", False):
        return _has_members(value, kind)
    if kind in (int, float):
        numbers = int if kind is int else int | float
        return is_token(value) or (isinstance(value, numbers) and not isinstance(value, bool))
    return isinstance(value, kind)


def _has_members(value: object, protocol: type) -> bool:
    """Whether the class of ``value`` has what ``protocol`` asks for; to ask ``value`` itself may cross."""
    kind = type(value)
    if kind.__name__ == _ANONYMOUS:
        return True
    own = getattr(value, "__dict__", {})
    return all(name in own or hasattr(kind, name) for name in _members(protocol))


@functools.cache
def _members(protocol: type) -> frozenset[str]:
    return frozenset(
        name
        for owner in protocol.__mro__
        if getattr(owner, "_is_protocol", False)
        for name in vars(owner)
        if not name.startswith("_")
    )


def _words(expected: Any) -> str:
    """``expected`` for a person: ``Duration``, ``a list of Variant``, ``str or Path``."""
    alternatives = [each for each in _alternatives(expected) if each not in (None, type(None))]
    if len(alternatives) > 1:
        return " or ".join(dict.fromkeys(_words(each) for each in alternatives))
    [only] = alternatives or [type(None)]
    origin, inner = get_origin(only), get_args(only)
    if origin is Literal:
        return " or ".join(repr(each) for each in inner)
    if origin in _LISTS:
        return f"a list of {_words(inner[0])}" if inner else "a list"
    if origin in _MAPPINGS:
        return f"a mapping of {_words(inner[0])} to {_words(inner[1])}" if inner else "a mapping"
    return _name(only)


def _name(kind: Any) -> str:
    package, _, module = getattr(kind, "__module__", "").partition(".")
    name = getattr(kind, "__qualname__", str(kind))
    return f"{module}.{name}" if package == "aws_cdk" and module else name


def _got(value: object) -> str:
    kind = _name(type(value))
    if not isinstance(value, str | int | float | bytes):
        return kind
    shown = repr(value)
    return f"{kind} {shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + '…'}"
