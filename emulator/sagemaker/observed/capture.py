"""Data capture: requests and answers of real-time endpoints, as JSON lines in S3.

Format and paths: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import datetime
import io
import json
import logging
import random
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from emulator.containers.objects import S3Client, split_uri
from emulator.sagemaker.invocations.exchange import Exchange

logger = logging.getLogger("emulator.capture")

FLUSH_SECONDS = 0.5
_BINARY = "BASE64"


class DataCapture:
    """Takes note of exchanges and writes them a moment later.

    Args:
        s3: Client that writes the files.
        seed: Seed of the sampling, so that a run can be repeated.
    """

    def __init__(self, s3: S3Client, seed: int = 0) -> None:
        self._s3 = s3
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._lines: dict[str, list[str]] = {}

    def observed(self, exchange: Exchange) -> None:
        """Take note of an answered request, if its endpoint captures and the draw says so."""
        settings: dict[str, Any] = exchange.endpoint.outcome.get("capture", {})
        answer = exchange.answer
        if not settings.get("EnableCapture") or answer is None or not 200 <= answer.status < 300:
            return
        with self._lock:
            if self._random.random() * 100 >= settings["InitialSamplingPercentage"]:
                return
            self._lines.setdefault(_folder(exchange, settings), []).append(json.dumps(_line(exchange, settings)))

    def flush(self) -> None:
        """Write what was noted: one file for each endpoint, variant and hour."""
        with self._lock:
            noted, self._lines = self._lines, {}
        for folder, lines in noted.items():
            now = datetime.datetime.now(datetime.UTC)
            uri = f"{folder}/{now:%M-%S}-{now.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
            try:
                bucket, key = split_uri(uri)
                self._s3.put_object(
                    Bucket=bucket, Key=key, Body=io.BytesIO("".join(f"{one}\n" for one in lines).encode())
                )
            except Exception as error:
                logger.error("captured data was not written to %s: %s", uri, error)


def _folder(exchange: Exchange, settings: Mapping[str, Any]) -> str:
    hour = datetime.datetime.fromtimestamp(exchange.finished, datetime.UTC)
    name = exchange.endpoint.request["EndpointName"]
    return f"{settings['DestinationS3Uri'].rstrip('/')}/{name}/{exchange.container['variant']}/{hour:%Y/%m/%d/%H}"


def _line(exchange: Exchange, settings: Mapping[str, Any]) -> dict[str, Any]:
    modes = {option["CaptureMode"] for option in settings["CaptureOptions"]}
    both = "InputAndOutput" in modes
    captured: dict[str, Any] = {}
    if both or "Input" in modes:
        kind = exchange.headers.get("content-type", "")
        captured["endpointInput"] = _part("INPUT", exchange.body, kind, settings)
    if exchange.answer is not None and (both or "Output" in modes):
        answered = {name.lower(): value for name, value in exchange.answer.headers.items()}
        captured["endpointOutput"] = _part("OUTPUT", exchange.answer.body, answered.get("content-type", ""), settings)
    metadata: dict[str, Any] = {
        "eventId": exchange.event_id,
        "inferenceTime": f"{datetime.datetime.fromtimestamp(exchange.finished, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    if exchange.headers.get("x-amzn-sagemaker-custom-attributes"):
        metadata["customAttributes"] = [exchange.headers["x-amzn-sagemaker-custom-attributes"]]
    if exchange.headers.get("x-amzn-sagemaker-inference-id"):
        metadata["inferenceId"] = exchange.headers["x-amzn-sagemaker-inference-id"]
    return {"captureData": captured, "eventMetadata": metadata, "eventVersion": "0"}


def _part(mode: str, body: bytes, content_type: str, settings: Mapping[str, Any]) -> dict[str, str]:
    encoding = _encoding(content_type, settings.get("CaptureContentTypeHeader", {}))
    try:
        data = base64.b64encode(body).decode() if encoding == _BINARY else body.decode("utf-8")
    except UnicodeDecodeError:
        encoding, data = _BINARY, base64.b64encode(body).decode()
    return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}


def _encoding(content_type: str, header: Mapping[str, list[str]]) -> str:
    media_type = content_type.split(";")[0].strip().lower()
    for encoding, listed in (("CSV", "CsvContentTypes"), ("JSON", "JsonContentTypes")):
        if media_type in (one.lower() for one in header.get(listed, [])):
            return encoding
    return _BINARY
