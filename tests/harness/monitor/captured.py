"""Files of data capture, as endpoints write them."""

import base64
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

HOUR = "processing/input/captured/churn/AllTraffic/2026/11/29/06"


def captured(
    asked: str | bytes,
    told: str | None = "0.5",
    *,
    kind: str = "CSV",
    at: str = "2026-11-29T06:30:00Z",
    inference: str | None = None,
) -> str:
    """A line of what was asked and answered."""
    data = base64.b64encode(asked).decode() if isinstance(asked, bytes) else asked
    encoding = "BASE64" if isinstance(asked, bytes) else kind
    content = "application/json" if kind == "JSON" else "text/csv"
    sides = {"endpointInput": {"observedContentType": content, "mode": "INPUT", "data": data, "encoding": encoding}}
    if told is not None:
        form = "JSON" if told.startswith(("{", "[")) else "CSV"
        sides["endpointOutput"] = {
            "observedContentType": content,
            "mode": "OUTPUT",
            "data": told,
            "encoding": form,
        }
    metadata = {"eventId": "e", "inferenceTime": at, **({"inferenceId": inference} if inference else {})}
    return json.dumps({"captureData": sides, "eventMetadata": metadata, "eventVersion": "0"})


def write_lines(base: Path, lines: Iterable[str], name: str = "a.jsonl", folder: str = HOUR) -> None:
    """Write lines below `base` as one file of an hour."""
    path = base / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows as CSV with a header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in [header, *rows]))


def told(event: str, data: str, encoding: str = "CSV") -> str:
    """A line of truth."""
    truth = {"data": data, "encoding": encoding}
    return json.dumps({"groundTruthData": truth, "eventMetadata": {"eventId": event}, "eventVersion": "0"})


def write_truth(base: Path, lines: Iterable[str], hour: str = "2026/11/29/08", name: str = "a.jsonl") -> None:
    """Write truth below `base` as it was collected in an hour."""
    write_lines(base, lines, name, f"processing/input/truth/{hour}")
