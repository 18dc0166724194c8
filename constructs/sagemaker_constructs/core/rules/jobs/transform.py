"""Transform jobs: how records become requests."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.rules.catalogue import API, Broken, Call, rule
from sagemaker_constructs.core.tokens import is_token

_CREATE = "CreateTransformJob"
_PAGE = f"{API}/API_CreateTransformJob.html"
_STANDARD_MEGABYTES = 6
_MOST_MEGABYTES = 100


@rule(_CREATE, _PAGE, read="2026-11-24")
def concurrent_transforms_share_100_megabytes(call: Call) -> Iterator[Broken]:
    """MaxConcurrentTransforms times MaxPayloadInMB, which defaults to 6, must not exceed 100 MB."""
    concurrent = call.request.get("MaxConcurrentTransforms", 0)
    payload = call.request.get("MaxPayloadInMB", _STANDARD_MEGABYTES)
    if not is_token(concurrent) and not is_token(payload) and concurrent * payload > _MOST_MEGABYTES:
        yield "MaxConcurrentTransforms", f"{concurrent} of {payload} MB"


@rule(_CREATE, _PAGE, read="2026-11-24")
def batch_strategies_need_records(call: Call) -> Iterator[Broken]:
    """A BatchStrategy requires a SplitType of Line, RecordIO or TFRecord, which makes records of the input."""
    given: Mapping[str, Any] = call.request.get("TransformInput") or {}
    if call.request.get("BatchStrategy") and given.get("SplitType", "None") == "None":
        yield "BatchStrategy", f"{call.request['BatchStrategy']} of whole objects"


@rule(_CREATE, _PAGE, read="2026-11-24", confidence="inferred")
def payloads_without_a_limit_are_whole_objects(call: Call) -> Iterator[Broken]:
    """A MaxPayloadInMB of 0, which sends objects in chunks as they are, requires a SplitType of None."""
    given: Mapping[str, Any] = call.request.get("TransformInput") or {}
    if call.request.get("MaxPayloadInMB") == 0 and given.get("SplitType", "None") in ("Line", "RecordIO", "TFRecord"):
        yield "MaxPayloadInMB", f"{given['SplitType']} as SplitType"


@rule(_CREATE, f"{API}/API_TransformS3DataSource.html", read="2026-11-24", enforced=())
def prefixes_stand_for_every_key_that_begins_so(call: Call) -> Iterable[Broken]:
    """An S3Prefix stands for every object whose key begins with it, even where it is the key of one object."""
    del call
    return ()
