"""The SageMaker control plane: every verb on every kind of resource, driven by the service model."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Container, Mapping
from typing import Any, Protocol, cast, runtime_checkable

import jmespath  # pyright: ignore[reportMissingTypeStubs]

from emulator.sagemaker.api.kinds import (
    CHANGEABLE_WHEN,
    DEFAULTS,
    GENERATED,
    GROWING,
    KEPT_WHILE_USED,
    REFERENCES,
    STATES,
    VERSIONED,
    Kind,
    kinds,
)
from emulator.sagemaker.api.listing import list_resources, listed_kinds
from emulator.sagemaker.api.missing import missing
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.rendering import render
from emulator.sagemaker.api.tagging import change_tags, tags_of
from emulator.services.stepfunctions import Described
from emulator.shapes.aws_rules import AwsRules
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import Operation, members_of, service_model
from emulator.shapes.validation import validate

_VERBS = ("Create", "Describe", "Update", "Delete", "Start", "Stop")
_DETACHING = {
    "DisassociateLifecycleConfig": "LifecycleConfigName",
    "DisassociateDefaultCodeRepository": "DefaultCodeRepository",
    "DisassociateAdditionalCodeRepositories": "AdditionalCodeRepositories",
}
_CHANGED_IN_PART = ("OnlineStoreConfig", "SpaceSettings", "ThroughputConfig")
"""Members of Update that hold what changes, and leave the rest of the member as it is."""


class Behaviour(Protocol):
    """What happens to a kind beyond being recorded: processes start, jobs run."""

    def created(self, record: Record) -> None:
        """The resource was just recorded; may raise ServiceError to refuse it."""
        ...

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """An update was accepted and is not yet recorded; may raise ServiceError."""
        ...

    def stopped(self, record: Record) -> None:
        """Stop was called; may raise ServiceError."""
        ...

    def deleted(self, record: Record) -> bool:
        """Delete was accepted; returns False to remove the record itself later. May raise ServiceError."""
        ...


@runtime_checkable
class Starting(Protocol):
    """A behaviour of a kind that does something when it is started."""

    def started(self, record: Record) -> None:
        """Start was called; may raise ServiceError."""
        ...


class SageMakerApi:
    """Answers control plane operations.

    Args:
        records: Where resources are kept.
        rules: What AWS refuses beyond the shapes of requests.
        behaviours: What kinds do beyond being recorded, by kind.
        operations: Operations that fit no verb, by name.
        completions: Give the whole request of an operation that refers to something in S3.
        slow: Those of `operations` that take their time.
    """

    def __init__(
        self,
        records: Records,
        rules: AwsRules,
        behaviours: Mapping[str, Behaviour],
        operations: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] | None = None,
        completions: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] | None = None,
        slow: Container[str] = (),
    ) -> None:
        self.records = records
        self._rules = rules
        rules.finds(self._made)
        self._behaviours = behaviours
        self._operations = operations or {}
        self._completions = completions or {}
        self._slow = slow
        self._model = service_model("sagemaker")

    def waits(self, name: str) -> bool:
        """Whether an operation reads from S3 or takes its time, and so must not be answered on the thread that serves
        it."""
        return name in self._completions or name in self._slow

    def call(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one operation.

        Raises:
            ServiceError: The error the real service would answer with, or `UnsupportedOperation`.
        """
        if name not in self._model.operation_names:
            raise ServiceError("UnknownOperationException", f"SageMaker has no operation {name}.")
        operation = self._model.operation_model(name)
        validate(operation.input_shape, request)
        if name in self._completions:
            request = self._completions[name](request)
        self._rules.refuse(name, request)
        if name in self._operations:
            return self._operations[name](request)
        if name in ("AddTags", "ListTags", "DeleteTags"):
            return change_tags(self.records, name, request)
        if name in listed_kinds():
            return list_resources(operation, self.records.of_kind(listed_kinds()[name].name), request)
        for verb in _VERBS:
            kind = kinds().get(name.removeprefix(verb)) if name.startswith(verb) else None
            if kind is not None:
                return self._answer(verb, kind, operation, dict(request))
        raise ServiceError("UnsupportedOperation", f"The emulator does not implement SageMaker's {name}.")

    def _made(self, kind: str, name: str) -> Mapping[str, Any] | None:
        """What a resource was made from, and what has become of it; None when there is none."""
        known = kinds()[kind]
        record = self.records.find(kind, known.key({known.identity[-1]: name}))
        return {**record.request, **record.outcome} if record else None

    def _answer(self, verb: str, kind: Kind, operation: Operation, request: dict[str, Any]) -> dict[str, Any]:
        with self.records.lock:
            if verb == "Create":
                record = self._create(kind, operation, request)
            else:
                record = self.get(kind, operation, request)
                if verb == "Update":
                    self._update(kind, record, request)
                elif verb == "Delete":
                    self._delete(kind, operation, record)
                elif verb in ("Start", "Stop"):
                    self._switch(verb, kind, record)
            return render(kind, record, operation.output_shape)

    def get(self, kind: Kind, operation: Operation, request: Mapping[str, Any]) -> Record:
        """Return the record that a request names; raises ServiceError when there is none."""
        key = kind.key({**request, **self._renamed_identity(kind, request)})
        record = self.records.find(kind.name, key)
        if record is None and kind.name in VERSIONED and "Version" not in request:
            versions = [
                other for other in self.records.of_kind(kind.name) if other.key.rsplit("/", 1)[0] == key.lower()
            ]
            record = max(versions, key=lambda other: int(other.key.rsplit("/", 1)[1]), default=None)
        if record is None:
            scope = self.records.scope()
            own = missing(kind.name, key, kind.arn(scope.account, scope.region, key))
            raise own or ServiceError(_modelled(operation, "ResourceNotFound"), self._missing(kind, key))
        return record

    @staticmethod
    def _renamed_identity(kind: Kind, request: Mapping[str, Any]) -> dict[str, Any]:
        """Delete and Update sometimes name a resource by its ARN only."""
        if len(kind.identity) == 1 and kind.identity[0] not in request and request.get(kind.arn_member):
            return {kind.identity[0]: request[kind.arn_member]}
        return {}

    def _missing(self, kind: Kind, key: str) -> str:
        scope = self.records.scope()
        return f'Could not find {kind.label} "{kind.arn(scope.account, scope.region, key)}".'

    def _check_references(self, kind: Kind, request: Mapping[str, Any]) -> None:
        scope = self.records.scope()
        for expression, referenced in REFERENCES.get(kind.name, ()):
            found: Any = cast(Any, jmespath).search(expression, request)
            for name in cast(list[Any], found) if isinstance(found, list) else [found]:
                if not isinstance(name, str) or not name or name.startswith("https://"):
                    continue
                if name.startswith("arn:") and f":{scope.account}:" not in name:
                    continue
                target = kinds()[referenced]
                key = target.key({target.identity[0]: name})
                if self.records.find(referenced, key) is None:
                    raise ServiceError("ValidationException", self._missing(target, key))

    def _identify(self, kind: Kind, request: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        scope = self.records.scope()
        random = uuid.uuid4().hex[:12]
        if kind.name in GENERATED:
            member, form = GENERATED[kind.name]
            key = form.format(random=random, RANDOM=random.upper(), **request)
            shown = kind.arn(scope.account, scope.region, key) if member.endswith("Arn") else key
            return key, {member: shown}
        if kind.name in VERSIONED and VERSIONED[kind.name][0] in request:
            parent, member = VERSIONED[kind.name]
            parent_key = str(request[parent]).split("/")[-1]
            siblings = [
                int(record.key.rsplit("/", 1)[1])
                for record in self.records.of_kind(kind.name)
                if record.key.rsplit("/", 1)[0] == parent_key.lower()
            ]
            number = max(siblings, default=0) + 1
            return f"{parent_key}/{number}", {member: number}
        return kind.key(request), {}

    def _create(self, kind: Kind, operation: Operation, request: dict[str, Any]) -> Record:
        self._check_references(kind, request)
        scope = self.records.scope()
        key, outcome = self._identify(kind, request)
        if not key:
            raise ServiceError("ValidationException", f"A name is required for a {kind.label}.")
        arn = kind.arn(scope.account, scope.region, key)
        if self.records.find(kind.name, key) is not None:
            raise ServiceError(
                _modelled(operation, "ResourceInUse"), f'Cannot create already existing {kind.label} "{arn}".'
            )
        request = {**DEFAULTS.get(kind.name, {}), **request}
        if kind.status_member:
            outcome[kind.status_member] = request.get(kind.status_member) or kind.first_status
        record = Record(
            kind=kind.name,
            key=key.lower(),
            arn=arn,
            request=request,
            outcome=outcome,
            tags=tags_of(request),
            account=scope.account,
            region=scope.region,
        )
        self.records.add(record)
        behaviour = self._behaviours.get(kind.name)
        if behaviour is not None:
            try:
                behaviour.created(record)
            except ServiceError:
                self.records.remove(record)
                raise
        return record

    def _update(self, kind: Kind, record: Record, request: dict[str, Any]) -> None:
        self._refuse_in_wrong_state(kind, record, "Updating")
        self._check_references(kind, request)
        behaviour = self._behaviours.get(kind.name)
        if behaviour is not None:
            behaviour.updated(record, request)
        for flag, member in _DETACHING.items():
            if request.pop(flag, False):
                record.request.pop(member, None)
        if kind.name in GROWING:
            listed, added, _ = GROWING[kind.name]
            record.request.setdefault(listed, []).extend(request.pop(added, []))
        if kind.status_member in request:
            record.outcome[kind.status_member] = request[kind.status_member]
        identity = {name: record.request[name] for name in kind.identity if name in record.request}
        for member in _CHANGED_IN_PART:
            if member in request:
                request[member] = {**record.request.get(member, {}), **request[member]}
        record.request.update({**request, **identity})
        self.records.touched(record)

    def _delete(self, kind: Kind, operation: Operation, record: Record) -> None:
        self._refuse_in_wrong_state(kind, record, "Deleting")
        for child in KEPT_WHILE_USED.get(kind.name, ()):
            for other in self.records.of_kind(child):
                if self._refers(child, kind, other, record):
                    raise ServiceError(
                        _modelled(operation, "ResourceInUse", "ConflictException"),
                        f'Cannot delete {kind.label} "{record.arn}": {kinds()[child].label} "{other.arn}" uses it.',
                    )
        behaviour = self._behaviours.get(kind.name)
        if behaviour is None or behaviour.deleted(record):
            self.records.remove(record)

    @staticmethod
    def _refers(child: str, kind: Kind, other: Record, record: Record) -> bool:
        for expression, referenced in REFERENCES.get(child, ()):
            found: Any = cast(Any, jmespath).search(expression, other.request)
            if referenced == kind.name and isinstance(found, str):
                return kind.key({kind.identity[0]: found}).lower() == record.key
        return False

    def _switch(self, verb: str, kind: Kind, record: Record) -> None:
        behaviour = self._behaviours.get(kind.name)
        if behaviour is not None and verb == "Stop":
            behaviour.stopped(record)
        elif isinstance(behaviour, Starting):
            behaviour.started(record)
        elif kind.name in STATES:
            self.records.change(record, **{kind.status_member: STATES[kind.name][verb]})

    @staticmethod
    def _refuse_in_wrong_state(kind: Kind, record: Record, target: str) -> None:
        allowed = CHANGEABLE_WHEN.get(kind.name)
        status = record.outcome.get(kind.status_member)
        if allowed and status not in allowed:
            raise ServiceError(
                "ValidationException",
                f"Status ({status}) not in ([{', '.join(allowed)}]). "
                f"Unable to transition to ({target}) for {kind.label} ({record.arn}).",
            )

    def describe_created(self, operation: str, request: Mapping[str, Any]) -> Described | None:
        """Describe what a Create operation made of a request; None for operations that make nothing to describe."""
        kind = kinds().get(operation.removeprefix("Create")) if operation.startswith("Create") else None
        if kind is None:
            return None
        record = self.records.find(kind.name, kind.key(request))
        if record is None:
            raise ServiceError("ResourceNotFound", f"The {kind.label} disappeared.")
        answer = self.call(f"Describe{kind.name}", self.naming_request("Describe", kind, record))
        return Described(answer.get(kind.status_member), answer)

    def naming_request(self, verb: str, kind: Kind, record: Record) -> dict[str, Any]:
        """Members that a verb needs to name this record."""
        shape = self._model.operation_model(f"{verb}{kind.name}").input_shape
        known = {**record.request, **record.outcome, kind.arn_member: record.arn}
        request = {
            name: known[name]
            for name in members_of(shape)
            if name in known and name in (*kind.identity, kind.arn_member)
        }
        if kind.name in VERSIONED and "/" in record.key:
            request[kind.identity[0]] = record.arn if len(kind.identity) == 1 else known[kind.identity[0]]
        for name in shape.required_members if shape else ():
            if name in ("ClientRequestToken", "ClientToken"):
                request[name] = uuid.uuid4().hex
        return request


def _modelled(operation: Operation, *names: str) -> str:
    """The first of these errors that an operation models, or the general one."""
    known = {shape.name for shape in operation.error_shapes}
    return next((name for name in names if name in known), "ValidationException")
