"""Long definitions, written to an S3 in memory."""

import io
import json
from typing import Any

import pytest

from lambdas.definition.logic import filled_definition, store

TEMPLATE = '{"Steps":["${V0}/a","${!V0}",${V1},["${V2}"]]}'


class Objects:
    """The objects of all buckets."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {"assets/template": TEMPLATE.encode()}

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        name = f"{arguments['Bucket']}/{arguments['Key']}"
        if operation == "put_object":
            self.objects[name] = arguments["Body"]
        elif operation == "delete_object":
            self.objects.pop(name, None)
        else:
            return {"Body": io.BytesIO(self.objects[name])}
        return {}


def _event(kind: str, **more: Any) -> dict[str, Any]:
    values = {"V0": "s3://b", "V1": "5", "V2": 'x","y'}
    properties = {"Bucket": "own", "SourceBucket": "assets", "SourceKey": "template", "Values": values}
    return {"RequestType": kind, "LogicalResourceId": "Stored1", "ResourceProperties": properties, **more}


def test_values_stand_in_their_places_as_in_a_template() -> None:
    filled = filled_definition(TEMPLATE, {"V0": "s3://b", "V1": "5", "V2": 'x","y'})
    assert json.loads(filled) == {"Steps": ["s3://b/a", "${V0}", 5, ["x", "y"]]}


def test_a_value_that_breaks_the_definition_is_refused() -> None:
    with pytest.raises(ValueError, match="delimiter"):
        filled_definition(TEMPLATE, {"V0": '"', "V1": "5", "V2": ""})


def test_each_content_has_a_key_of_its_own_until_it_is_deleted() -> None:
    api = Objects()
    first = store(_event("Create"), api)
    again = store(_event("Update", PhysicalResourceId=first), api)
    api.objects["assets/template"] = b'{"Steps":[]}'
    other = store(_event("Update", PhysicalResourceId=first), api)
    assert first == again != other
    assert {f"own/{first}", f"own/{other}"} <= api.objects.keys()
    store(_event("Delete", PhysicalResourceId=first), api)
    store(_event("Delete", PhysicalResourceId=first), api)
    assert f"own/{first}" not in api.objects
    assert f"own/{other}" in api.objects


def test_what_was_never_written_deletes_nothing() -> None:
    api = Objects()
    before = dict(api.objects)
    for foreign in ("f7c9a0de-0000", "template", "../" + "0" * 64 + ".json"):
        assert store(_event("Delete", PhysicalResourceId=foreign), api) == foreign
    assert api.objects == before
