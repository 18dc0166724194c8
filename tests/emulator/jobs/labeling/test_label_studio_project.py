"""A Label Studio project's side of S3 in the embedded AWS: the function, called as its queue calls it."""

import json
import os
import subprocess
import sys
from typing import Any

from emulator.launcher import PROJECT, RunningEmulator
from harness.aws_clients import Clients
from lambdas.labeling.label_studio import project_task

BUCKET = "studio-answers"


def _annotation(number: int, who: str, digit: str) -> str:
    line = {"source-ref": f"s3://{BUCKET}/images/{number}.png"}
    result = [{"from_name": "answer", "to_name": "object", "type": "choices", "value": {"choices": [digit]}}]
    said: dict[str, Any] = {"id": number, "result": result, "updated_at": "2026-11-29T10:00:00.000000Z"}
    return json.dumps({**said, "task": project_task(number, line), "completed_by": {"email": who}})


def test_more_answers_than_a_page_become_one_manifest(emulator: RunningEmulator, client: Clients) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for number in range(1_005):
        body = _annotation(number % 335, f"person-{number // 335}@example.com", str(number % 335 % 10))
        s3.put_object(Bucket=BUCKET, Key=f"labels/digits/annotations/{number}", Body=body.encode())
    project = {"name": "digits", "bucket": BUCKET, "prefix": "labels/digits", "task": "ImageMultiClass", "people": 3}
    given = json.dumps({**project, "labels": [str(digit) for digit in range(10)], "attribute": "digit"})
    subprocess.run(
        [sys.executable, "-c", "from lambdas.labeling.handler import manifest; manifest({}, None)"],
        cwd=PROJECT,
        env={**emulator.environment(os.environ), "PROJECT": given},
        check=True,
        timeout=900,
    )
    stored = s3.get_object(Bucket=BUCKET, Key="labels/digits/manifests/output/output.manifest")
    lines = [json.loads(line) for line in stored["Body"].read().decode().splitlines()]
    assert [line["digit"] for line in lines] == [number % 10 for number in range(335)]
    assert lines[0]["digit-metadata"]["confidence"] > 0.9
