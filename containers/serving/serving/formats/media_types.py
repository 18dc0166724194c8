"""Content negotiation: media types without their parameters, and the best of those that can be produced."""

from collections.abc import Sequence

from serving.errors import RequestError

CSV = "text/csv"
JSON = "application/json"
JSON_LINES = "application/jsonlines"
NPY = "application/x-npy"
PARQUET = "application/x-parquet"
# The registered name came later than what SageMaker's users send.
_OTHER_NAMES = {"application/vnd.apache.parquet": PARQUET}


def content_type(header: str, supported: Sequence[str]) -> str:
    """The media type of a Content-Type header, the first supported one when there is none.

    Raises RequestError with status 415.
    """
    media_type = header.partition(";")[0].strip().lower() or supported[0]
    media_type = _OTHER_NAMES.get(media_type, media_type)
    if media_type not in supported:
        if media_type == PARQUET:
            raise RequestError(f"content type '{PARQUET}' needs pyarrow, which this image does not have", 415)
        raise RequestError(f"content type '{media_type}' is not supported; send {' or '.join(supported)}", 415)
    return media_type


def accepted(header: str, preferred: str, supported: Sequence[str]) -> str:
    """The best supported media type of an Accept header; `preferred` when any will do.

    Raises RequestError with status 406.
    """
    if not header or header == "*/*":
        return preferred
    wishes: list[tuple[float, str]] = []
    for wish in header.lower().split(","):
        media_type, *parameters = (part.strip() for part in wish.split(";"))
        wishes.append((_quality(parameters), _OTHER_NAMES.get(media_type, media_type)))
    for quality, wish in sorted(wishes, key=lambda each: -each[0]):
        for candidate in (preferred, *supported):
            if quality > 0 and wish in (candidate, "*/*", candidate.partition("/")[0] + "/*"):
                return candidate
    raise RequestError(f"none of '{header}' can be produced; accept {' or '.join(supported)}", 406)


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
