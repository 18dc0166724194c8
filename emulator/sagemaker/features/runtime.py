"""The runtime of Feature Store: records put, read and deleted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emulator.sagemaker.api.records import Records
from emulator.sagemaker.features.groups import OFFLINE, ONLINE, Group, group_of, utc
from emulator.sagemaker.features.offline_files import OfflineFiles
from emulator.sagemaker.features.record_store import RecordStore, Stored
from emulator.sagemaker.features.throughput import WriteUnits
from emulator.sagemaker.features.values import Given, Value, invalid, known_names, read_record, read_time, read_values
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import Response, json_response
from emulator.shapes.rest_json import RestCall, read_call
from emulator.shapes.service_model import service_model
from emulator.shapes.validation import validate

SERVICE = "sagemaker-featurestore-runtime"
_MOST_UPDATED = 100
_MOST_LISTED = 100
_THROTTLED = "ThrottlingException"
_UPDATED_TYPES = ("Standard_V2", "InMemory")

Request = Mapping[str, Any]


@dataclass(frozen=True)
class _Write:
    """A record that was checked, and where it goes."""

    group: Group
    given: Given
    targets: Sequence[str]
    lives: int | None


class FeatureRuntime:
    """Answers requests for records.

    Args:
        records: Where feature groups are kept.
        rows: Where their records are kept.
        offline: Takes what is to be written offline.
    """

    def __init__(self, records: Records, rows: RecordStore, offline: OfflineFiles) -> None:
        self._records = records
        self._rows = rows
        self._offline = offline
        self._units = WriteUnits()
        self._answers: Mapping[str, Callable[[Request], dict[str, Any]]] = {
            "PutRecord": self._put,
            "GetRecord": self._get,
            "DeleteRecord": self._delete,
            "UpdateRecord": self._update,
            "ListRecords": self._list,
            "BatchGetRecord": self._get_batch,
            "BatchWriteRecord": self._write_batch,
        }

    def read(self, method: str, path: str, query: Request, body: bytes) -> RestCall | None:
        """Read a request; None when it is not for Feature Store. Raises ServiceError for a body that is no JSON."""
        return read_call(SERVICE, method, path, query, body)

    def answer(self, call: RestCall) -> Response:
        """Answer a request; blocks. Raises ServiceError for what Feature Store refuses."""
        validate(service_model(SERVICE).operation_model(call.operation).input_shape, call.request, "ValidationError")
        return json_response(200, self._answers[call.operation](call.request))

    def _group(self, name: str, *, status: int = 404) -> Group:
        group = group_of(self._records, name)
        if group is None:
            code = "ResourceNotFound" if status == 404 else "ValidationError"
            message = f"Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name {name}"
            raise ServiceError(code, message, status)
        return group

    def _targets(self, group: Group, asked: Sequence[str] | None) -> Sequence[str]:
        targets = asked or group.stores
        missing = [each for each in targets if each not in group.stores]
        if missing:
            raise invalid(f"the feature group [{group.name}] has no {' and no '.join(missing)}.")
        if OFFLINE in targets:
            self._offline.refuse(group)
        return targets

    def _online(self, group: Group) -> None:
        if ONLINE not in group.stores:
            raise invalid(f"the feature group [{group.name}] has no OnlineStore.")

    def _put(self, request: Request) -> dict[str, Any]:
        group = self._group(request["FeatureGroupName"], status=400)
        self._write([self._checked(group, request, request.get("TtlDuration"))])
        return {}

    def _checked(self, group: Group, request: Request, lives: Mapping[str, Any] | None) -> _Write:
        given = read_record(group, request["Record"])
        targets = self._targets(group, request.get("TargetStores"))
        if lives and ONLINE not in targets:
            raise invalid("a TtlDuration takes the OnlineStore as one of the TargetStores.")
        if not self._units.take(group, given.values):
            raise ServiceError(_THROTTLED, f"Rate exceeded for the feature group {group.name}")
        return _Write(group, given, targets, group.lives(lives))

    def _write(self, writes: Sequence[_Write]) -> None:
        with self._rows.at_once():
            for each in writes:
                if ONLINE in each.targets:
                    self._keep_if_newer(each.group, _stored(each.given, each.lives))
                if OFFLINE in each.targets:
                    self._offline.take(each.group, each.given, each.given.values)

    def _keep_if_newer(self, group: Group, stored: Stored) -> bool:
        known = self._rows.find(group.record.arn, stored.identifier)
        if known and known.moment >= stored.moment:
            return False
        self._rows.keep(group.record.arn, stored)
        return True

    def _write_batch(self, request: Request) -> dict[str, Any]:
        errors: list[dict[str, Any]] = []
        unprocessed: list[Any] = []
        writes: list[_Write] = []
        for entry in request["Entries"]:
            try:
                group = self._group(entry["FeatureGroupName"])
                writes.append(self._checked(group, entry, entry.get("TtlDuration") or request.get("TtlDuration")))
            except ServiceError as error:
                if error.code == _THROTTLED:
                    unprocessed.append(entry)
                else:
                    errors.append({"Entry": entry, "ErrorCode": error.code, "ErrorMessage": error.message})
        self._write(writes)
        return {"Errors": errors, "UnprocessedEntries": unprocessed}

    def _update(self, request: Request) -> dict[str, Any]:
        group, identifier = self._group(request["FeatureGroupName"]), request["RecordIdentifierValueAsString"]
        self._online(group)
        if group.storage not in _UPDATED_TYPES:
            raise invalid(f"UpdateRecord requires the storage type {' or '.join(_UPDATED_TYPES)}.")
        if len(request["Features"]) > _MOST_UPDATED:
            raise invalid(f"UpdateRecord takes {_MOST_UPDATED} features at most, got: {len(request['Features'])}.")
        changed = read_values(group, request["Features"])
        targets = self._targets(group, request.get("TargetStores"))
        if changed.get(group.identifier, identifier) != identifier:
            raise invalid(f"the record identifier [{group.identifier}] cannot change.")
        if request.get("TtlDuration") and group.event_time not in changed:
            raise invalid(f"a TtlDuration requires the event time [{group.event_time}] in the same request.")
        with self._rows.at_once():
            known = self._rows.find(group.record.arn, identifier)
            if known is None or known.deleted:
                raise ServiceError("ResourceNotFound", f"Resource Not Found: there is no record {identifier}.", 404)
            event_time = str(changed.get(group.event_time, known.event_time))
            moment = read_time(group, event_time)
            if moment < known.moment:
                reason = f"The event time {event_time} is older than that of the record, {known.event_time}."
                raise ServiceError("ConflictException", reason, 409)
            given = Given(identifier, event_time, moment, {**known.values, **changed})
            lives = group.lives(request["TtlDuration"]) if request.get("TtlDuration") else known.lives
            if ONLINE in targets:
                self._rows.keep(group.record.arn, _stored(given, lives))
            if OFFLINE in targets:
                self._offline.take(group, given, given.values)
        return {}

    def _delete(self, request: Request) -> dict[str, Any]:
        group, identifier = (
            self._group(request["FeatureGroupName"], status=400),
            request["RecordIdentifierValueAsString"],
        )
        event_time, targets = request["EventTime"], self._targets(group, request.get("TargetStores"))
        marks = {group.identifier: identifier, group.event_time: event_time}
        record = [{"FeatureName": name, "ValueAsString": value} for name, value in marks.items()]
        given = read_record(group, record)
        with self._rows.at_once():
            if ONLINE in targets and request.get("DeletionMode") == "HardDelete":
                known = self._rows.find(group.record.arn, identifier)
                if known and known.moment >= given.moment:
                    raise invalid(f"EventTime: must be later than that of the record, {known.event_time}.")
                self._rows.remove(group.record.arn, identifier)
            elif ONLINE in targets:
                self._keep_if_newer(group, replace(_stored(given, group.lives(None)), deleted=True))
            if OFFLINE in targets:
                self._offline.take(group, given, given.values, deleted=True)
        return {}

    def _get(self, request: Request) -> dict[str, Any]:
        group = self._group(request["FeatureGroupName"])
        found = self._found(group, request["RecordIdentifierValueAsString"], request.get("FeatureNames"))
        return _with_expiry(found, request) if found else {}

    def _found(self, group: Group, identifier: str, names: Sequence[str] | None) -> dict[str, Any] | None:
        self._online(group)
        known_names(group, names or ())
        stored = self._rows.find(group.record.arn, identifier)
        if stored is None or stored.deleted:
            return None
        record = [_value(name, stored.values[name]) for name in names or group.features if name in stored.values]
        return {"Record": record, "ExpiresAt": _moment(stored.expires)}

    def _get_batch(self, request: Request) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for asked in request["Identifiers"]:
            name = asked["FeatureGroupName"]
            for identifier in asked["RecordIdentifiersValueAsString"]:
                named = {"FeatureGroupName": name, "RecordIdentifierValueAsString": identifier}
                try:
                    answer = self._found(self._group(name), identifier, asked.get("FeatureNames"))
                except ServiceError as error:
                    errors.append({**named, "ErrorCode": error.code, "ErrorMessage": error.message})
                else:
                    # A record that has none of the features asked for is no record: the list has one value at least.
                    found += [_with_expiry({**named, **answer}, request)] if answer and answer["Record"] else []
        return {"Records": found, "Errors": errors, "UnprocessedIdentifiers": []}

    def _list(self, request: Request) -> dict[str, Any]:
        group, most = self._group(request["FeatureGroupName"]), int(request.get("MaxResults") or _MOST_LISTED)
        self._online(group)
        last = _read_token(request["NextToken"]) if request.get("NextToken") else None
        deleted = bool(request.get("IncludeSoftDeletedRecords"))
        found = self._rows.after(group.record.arn, last, most + 1, deleted=deleted)
        more = {"NextToken": base64.urlsafe_b64encode(found[most - 1].encode()).decode()} if len(found) > most else {}
        return {"RecordIdentifiers": found[:most], **more}


def _read_token(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError) as error:
        raise invalid("the NextToken is invalid.") from error


def _stored(given: Given, lives: int | None) -> Stored:
    return Stored(given.identifier, given.event_time, given.moment, lives, False, given.values)


def _value(name: str, value: Value) -> dict[str, Any]:
    return {"FeatureName": name, "ValueAsString" if isinstance(value, str) else "ValueAsStringList": value}


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else utc(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _with_expiry(found: dict[str, Any], request: Request) -> dict[str, Any]:
    expires = found.pop("ExpiresAt")
    asked = request.get("ExpirationTimeResponse") == "Enabled"
    return {**found, "ExpiresAt": expires} if asked and expires else found
