"""The features of a group, and how they may change."""

import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, cast, get_args, get_origin

from sagemaker_constructs.core.problems import InvalidInput, Problem

FeatureType = Literal["String", "Integral", "Fractional"]

_MOST_ADDED = 100
_TYPES: tuple[FeatureType, ...] = get_args(FeatureType)


@dataclass(frozen=True)
class FeatureSchema:
    """Names and types of a group's features, of which one identifies a record and one is the time of its event.

    ``features`` maps each name to ``"String"``, ``"Integral"`` or ``"Fractional"``; the event time is a ``"String"``
    in ISO 8601, such as ``2026-11-29T06:00:00Z``, or a ``"Fractional"`` number of Unix seconds. ``descriptions`` say
    what a feature is, in up to 255 characters, and ``parameters``, up to 25 keys with their values for a feature,
    what else is to be known and searched, such as its owner. Both change without changing the group. Collections,
    such as vectors, are not available in CloudFormation.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html and
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureMetadata.html
    """

    record_identifier: str
    event_time: str
    features: Mapping[str, FeatureType]
    descriptions: Mapping[str, str] = field(default_factory=dict[str, str])
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    @staticmethod
    def from_file(path: str | Path) -> "FeatureSchema":
        """The schema in a file of JSON (``.json``) or of YAML, which requires the package ``PyYAML``.

        The file holds ``record_identifier``, ``event_time``, and ``features`` with the type of each name, or with
        ``type``, ``description`` and ``parameters``. A file that somebody else shares is found relative to the
        working directory.

        Raises ``InvalidInput`` with the file's path for what is missing, unknown or of another type.
        """
        return _read(Path(path))

    @staticmethod
    def from_frame(frame: Any, *, record_identifier: str, event_time: str) -> "FeatureSchema":
        """The schema of a dataframe, by the names of its ``dtypes``, as pandas and its kin have them.

        Integers and booleans are ``"Integral"``, floating-point numbers ``"Fractional"``, text and categories
        ``"String"``. Raises ``InvalidInput`` for other columns, such as times, which SageMaker takes as text.
        """
        kinds = {str(name): str(kind) for name, kind in dict(frame.dtypes).items()}
        found = {name: _type_of_column(kind) for name, kind in kinds.items()}
        unknown = [
            Problem(name, f"must be numbers or text, got: {kinds[name]}; make text of it first")
            for name, kind in found.items()
            if kind is None
        ]
        if unknown:
            raise InvalidInput("FeatureSchema.from_frame", unknown)
        return FeatureSchema(record_identifier, event_time, cast(Mapping[str, FeatureType], found))

    @staticmethod
    def from_model(model: type[Any], *, record_identifier: str, event_time: str) -> "FeatureSchema":
        """The schema of a pydantic model or a dataclass, by the annotations of its fields.

        ``int`` and ``bool`` are ``"Integral"``, ``float`` is ``"Fractional"``; ``str``, times, enums and literals of
        text are ``"String"``, and so is what may be None of one of these. A field's description is kept.
        Raises ``InvalidInput`` for other fields, such as lists and models.
        """
        fields: Mapping[str, Any] = getattr(model, "model_fields", None) or getattr(model, "__dataclass_fields__", {})
        found: dict[str, FeatureType] = {}
        problems: list[Problem] = []
        for name, each in fields.items():
            annotation = getattr(each, "annotation", None) or getattr(each, "type", None)
            kind = _type_of_annotation(annotation)
            if kind:
                found[name] = kind
            else:
                problems.append(Problem(name, f"must be a number, text or a time, got: {annotation}"))
        if not fields:
            problems.append(Problem("", "must be a pydantic model or a dataclass with fields"))
        if problems:
            raise InvalidInput(model.__name__, problems)
        said = {name: each.description for name, each in fields.items() if getattr(each, "description", None)}
        return FeatureSchema(record_identifier, event_time, found, said)

    def write(self, path: str | Path) -> None:
        """Keep the schema in a file of JSON that ``from_file`` reads: commit it as what is deployed."""
        features: dict[str, object] = {
            name: {"type": kind, **self._told(name)} if self._told(name) else kind
            for name, kind in self.features.items()
        }
        kept = {"record_identifier": self.record_identifier, "event_time": self.event_time, "features": features}
        Path(path).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")

    def _told(self, name: str) -> dict[str, object]:
        """What is said of a feature beside its type."""
        said: dict[str, object] = {"description": self.descriptions[name]} if name in self.descriptions else {}
        return {**said, **({"parameters": dict(self.parameters[name])} if self.parameters.get(name) else {})}

    def evolved_from(self, deployed: "FeatureSchema") -> "FeatureSchema":
        """This schema with the features of ``deployed`` first, in their order: what is added stands at the end."""
        order = [name for name in dict.fromkeys((*deployed.features, *self.features)) if name in self.features]
        return replace(self, features={name: self.features[name] for name in order})

    def changes_refused(self, deployed: "FeatureSchema") -> Iterator[Problem]:
        """What SageMaker cannot change of a group that has the schema ``deployed``.

        Features are added, at most 100 in one deployment; everything else would make another group.

        See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureGroup.html
        """
        for argument in ("record_identifier", "event_time"):
            before, now = getattr(deployed, argument), getattr(self, argument)
            if before != now:
                yield Problem(argument, f"is deployed and cannot change: it was {before!r}, got: {now!r}")
        for name, kind in deployed.features.items():
            if name not in self.features:
                yield Problem(
                    f"features[{name}]", "is deployed and cannot be removed: keep it, or make another group"
                )
            elif self.features[name] != kind:
                yield Problem(
                    f"features[{name}]",
                    f"is deployed as {kind} and cannot change its type, got: {self.features[name]}; "
                    "add a feature of another name",
                )
        added = len([name for name in self.features if name not in deployed.features])
        if added > _MOST_ADDED:
            yield Problem("features", f"may grow by at most {_MOST_ADDED} in one deployment, got: {added} more")

    def definitions(self) -> list[dict[str, str]]:
        """The features as CloudFormation takes them."""
        return [{"featureName": name, "featureType": kind} for name, kind in self.features.items()]


def _type_of_column(kind: str) -> FeatureType | None:
    plain = kind.lower()
    if plain.startswith(("int", "uint", "bool")):
        return "Integral"
    if plain.startswith(("float", "double", "decimal")):
        return "Fractional"
    if plain in ("object", "string", "str", "category") or plain.startswith(("string[", "utf8", "large_string")):
        return "String"
    return None


def _type_of_annotation(annotation: Any) -> FeatureType | None:
    if get_origin(annotation) in (Union, types.UnionType):
        kinds: set[FeatureType | None] = {
            _type_of_annotation(each) for each in get_args(annotation) if each is not type(None)
        }
        return next(iter(kinds)) if len(kinds) == 1 else None
    if get_origin(annotation) is Literal:
        return "String" if all(isinstance(each, str) for each in get_args(annotation)) else None
    if not isinstance(annotation, type):
        return None
    if issubclass(annotation, str | date | datetime | Enum):
        return "Integral" if issubclass(annotation, int) else "String"
    if issubclass(annotation, int):
        return "Integral"
    return "Fractional" if issubclass(annotation, float) else None


def _read(path: Path) -> FeatureSchema:
    text = path.read_text(encoding="utf-8") if path.is_file() else None
    if text is None:
        raise InvalidInput(str(path), [Problem("", "does not exist: it should hold the features of a group")])
    given = _parsed(path, text)
    if not isinstance(given, Mapping):
        raise InvalidInput(str(path), [Problem("", "must hold record_identifier, event_time and features")])
    content = cast(Mapping[str, Any], given)
    problems = [
        Problem(name, "must be text, the name of a feature")
        for name in ("record_identifier", "event_time")
        if not isinstance(content.get(name), str)
    ]
    problems += [
        Problem(str(name), "is unknown; allowed: record_identifier, event_time, features")
        for name in content
        if name not in ("record_identifier", "event_time", "features")
    ]
    features: Any = content.get("features")
    found: dict[str, FeatureType] = {}
    said: dict[str, str] = {}
    parameters: dict[str, Mapping[str, str]] = {}
    if not isinstance(features, Mapping) or not features:
        problems.append(Problem("features", "must map the name of each feature to its type"))
    else:
        for name, value in cast(Mapping[str, Any], features).items():
            kind = cast(Mapping[str, Any], value).get("type") if isinstance(value, Mapping) else value
            if kind not in _TYPES:
                problems.append(Problem(f"features[{name}]", f"must be one of {', '.join(_TYPES)}, got: {kind!r}"))
                continue
            found[str(name)] = kind
            more: Mapping[str, Any] = cast(Mapping[str, Any], value) if isinstance(value, Mapping) else {}
            problems += [
                Problem(f"features[{name}].{each}", "is unknown; allowed: type, description, parameters")
                for each in more
                if each not in ("type", "description", "parameters")
            ]
            if "description" in more:
                said[str(name)] = str(more["description"])
            given_parameters: Any = more.get("parameters", {})
            if isinstance(given_parameters, Mapping):
                known = cast(Mapping[object, object], given_parameters)
                parameters[str(name)] = {str(key): str(each) for key, each in known.items()}
            else:
                problems.append(Problem(f"features[{name}].parameters", "must map keys to values"))
    if problems:
        raise InvalidInput(str(path), problems)
    stated = {name: each for name, each in parameters.items() if each}
    return FeatureSchema(content["record_identifier"], content["event_time"], found, said, stated)


def _parsed(path: Path, text: str) -> object:
    try:
        if path.suffix == ".json":
            return json.loads(text)
        import yaml

        return yaml.safe_load(text)
    except ImportError:
        raise InvalidInput(str(path), [Problem("", "is YAML: install PyYAML, or write JSON")]) from None
    except ValueError as error:
        raise InvalidInput(str(path), [Problem("", f"cannot be read: {error}")]) from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "yaml":
            raise
        raise InvalidInput(str(path), [Problem("", f"cannot be read: {error}")]) from None
