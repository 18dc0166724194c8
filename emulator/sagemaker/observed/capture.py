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
from typing import Any

from emulator.containers.invocation import Answer
from emulator.containers.objects import S3Client, split_uri
from emulator.sagemaker.endpoints.deployment import deployment_of
from emulator.sagemaker.endpoints.settings import DataCaptureConfig
from emulator.sagemaker.invocations.exchange import Exchange

logger = logging.getLogger("emulator.capture")

FLUSH_SECONDS = 0.5
_BINARY = "BASE64"


class CapturedFiles:
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
        deployment, answer = deployment_of(exchange.endpoint), exchange.answer
        settings = deployment.capture if deployment else None
        if settings is None or not settings.enabled or answer is None or not 200 <= answer.status < 300:
            return
        with self._lock:
            if self._random.random() * 100 >= settings.percentage:
                return
            line = json.dumps(_line(exchange, answer, settings))
            self._lines.setdefault(_folder(exchange, settings), []).append(line)

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


def _folder(exchange: Exchange, settings: DataCaptureConfig) -> str:
    hour = datetime.datetime.fromtimestamp(exchange.finished, datetime.UTC)
    name = exchange.endpoint.request["EndpointName"]
    return f"{settings.destination}/{name}/{exchange.unit.variant}/{hour:%Y/%m/%d/%H}"


def _line(exchange: Exchange, answer: Answer, settings: DataCaptureConfig) -> dict[str, Any]:
    invocation, modes = exchange.invocation, settings.modes
    both = "InputAndOutput" in modes
    captured: dict[str, Any] = {}
    if both or "Input" in modes:
        captured["endpointInput"] = _part("INPUT", invocation.body, invocation.content_type, settings)
    if both or "Output" in modes:
        captured["endpointOutput"] = _part("OUTPUT", answer.body, answer.content_type, settings)
    metadata: dict[str, Any] = {
        "eventId": exchange.event_id,
        "inferenceTime": f"{datetime.datetime.fromtimestamp(exchange.finished, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    if invocation.custom_attributes:
        metadata["customAttributes"] = [invocation.custom_attributes]
    if invocation.inference_id:
        metadata["inferenceId"] = invocation.inference_id
    return {"captureData": captured, "eventMetadata": metadata, "eventVersion": "0"}


def _part(mode: str, body: bytes, content_type: str, settings: DataCaptureConfig) -> dict[str, str]:
    encoding = _encoding(content_type, settings)
    try:
        data = base64.b64encode(body).decode() if encoding == _BINARY else body.decode("utf-8")
    except UnicodeDecodeError:
        encoding, data = _BINARY, base64.b64encode(body).decode()
    return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}


def _encoding(content_type: str, settings: DataCaptureConfig) -> str:
    media_type = content_type.split(";")[0].strip().lower()
    for encoding, listed in settings.content_types.items():
        if media_type in (one.lower() for one in listed):
            return encoding
    return _BINARY
