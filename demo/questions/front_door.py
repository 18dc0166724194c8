"""The REST API in front of the real-time endpoint, over plain HTTP."""

import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from demo.failure import DemoFailure
from demo.questions.deployment import Answered, Deployment
from demo.questions.held_out import answers_in, right


def ask_over_http(deployed: Deployment) -> Answered:
    """All rows with an API key; a body that the API has to reject; and, where keys are asked for, no key."""
    url = _local(deployed)
    key = _key(deployed)
    good = json.dumps({"instances": [[float(value) for value in row.features] for row in deployed.rows]})
    status, body = _post(url, good, key)
    if status != 200:
        raise DemoFailure(f"the front door answered {status} to a good request: {body.decode()[:200]}")
    answers = answers_in(body, deployed.rows)
    bad, _ = _post(url, '{"rows": []}', key)
    if bad != 400:
        raise DemoFailure(f"the front door answered {bad} to a body without instances, and not 400")
    told = f"200: {right(answers)}; 400 for a bad body"
    if key:
        keyless, _ = _post(url, good, None)
        if keyless != 403:
            raise DemoFailure(f"the front door answered {keyless} to a caller without a key, and not 403")
        told += "; 403 without the key"
    return Answered(
        kind="front door",
        endpoint=f"POST {urlsplit(deployed.outputs['FrontDoorUrl']).path}",
        asked=f"{len(answers)} rows as JSON over HTTP; a bad body; no key",
        answered=told,
        answers=answers,
    )


def _local(deployed: Deployment) -> str:
    """The API's URL here: in AWS its host is the API's own."""
    url = urlsplit(deployed.outputs["FrontDoorUrl"])
    api = (url.hostname or "").partition(".")[0]
    stage, _, path = url.path.removeprefix("/").partition("/")
    return f"{deployed.account.address}/restapis/{api}/{stage}/_user_request_/{path}"


def _key(deployed: Deployment) -> str | None:
    keys = deployed.client("apigateway").get_api_keys(includeValues=True)["items"]
    return str(keys[0]["value"]) if keys else None


def _post(url: str, body: str, key: str | None) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json", **({"x-api-key": key} if key else {})}
    request = urllib.request.Request(url, data=body.encode(), headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
