"""The REST APIs in front of endpoints, over plain HTTP."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from demo.account import CREDENTIALS
from demo.deployment import Answered, Deployment
from demo.failure import DemoFailure
from demo.held_out import answers_in, right
from emulator.launcher import PROJECT


def ask_over_http(deployed: Deployment) -> Answered:
    """All rows, with the API's key or signed; a body that the API has to reject; and, where there are keys, none."""
    key, url, good = _key(deployed), deployed.outputs["FrontDoorUrl"], _good(deployed)
    headers = {"x-api-key": key} if key else _signature(deployed, good)
    status, body = _post(url, good, headers)
    if status != 200:
        raise DemoFailure(f"the front door answered {status} to a good request: {body.decode()[:200]}")
    answers = answers_in(body, deployed.rows)
    bad, _ = _post(url, '{"rows": []}', headers)
    if bad != 400:
        raise DemoFailure(f"the front door answered {bad} to a body without instances, and not 400")
    told = f"200: {right(answers)}; 400 for a bad body"
    if key:
        keyless, _ = _post(url, good, {})
        if keyless != 403:
            raise DemoFailure(f"the front door answered {keyless} to a caller without a key, and not 403")
        told += "; 403 without the key"
    rules = _firewall_rules(deployed)
    _, stage, path = _place(deployed)
    return Answered(
        kind="front door" if key else "signed door",
        endpoint=f"POST /{stage}/{path} to {deployed.endpoint}",
        asked=f"{len(answers)} rows as JSON over HTTP; a bad body{'; no key' if key else ''}",
        answered=f"{told}{f'; behind {rules} rules of a firewall' if rules else ''}",
        answers=answers,
        again=_again(deployed, url, key) if key else "",
    )


def _again(deployed: Deployment, url: str, key: str) -> str:
    """A command that sends one row to the URL that answers here."""
    row = ",".join(repr(float(value)) for value in deployed.rows[0].features)
    body = deployed.account.state / "row.json"
    body.write_text(f'{{"instances": [[{row}]]}}')
    shown = body.relative_to(PROJECT) if body.is_relative_to(PROJECT) else body
    return f"curl {url} \\\n  -H 'x-api-key: {key}' \\\n  -H 'content-type: application/json' -d @{shown}"


def _signature(deployed: Deployment, body: str) -> dict[str, str]:
    """What IAM asks for; the emulator lets everybody in."""
    request = AWSRequest("POST", deployed.outputs["FrontDoorUrl"], data=body)
    signer: Any = SigV4Auth(Credentials(*CREDENTIALS.values()), "execute-api", deployed.account.region)
    signer.add_auth(request)
    return {name: str(request.headers[name]) for name in ("Authorization", "X-Amz-Date")}


def _good(deployed: Deployment) -> str:
    return json.dumps({"instances": [[float(value) for value in row.features] for row in deployed.rows]})


def _place(deployed: Deployment) -> tuple[str, str, str]:
    """The API's identifier, its stage and the path below, of a URL that leads to the emulator."""
    parts = urlsplit(deployed.outputs["FrontDoorUrl"]).path.removeprefix("/_aws/execute-api/")
    api, stage, path = parts.split("/", 2)
    return api, stage, path


def _key(deployed: Deployment) -> str | None:
    """The value of the key in the API's usage plan, None if it has none."""
    api, _, _ = _place(deployed)
    gateway = deployed.client("apigateway")
    for plan in gateway.get_usage_plans()["items"]:
        if api in [stage["apiId"] for stage in plan.get("apiStages", [])]:
            [key] = gateway.get_usage_plan_keys(usagePlanId=plan["id"])["items"]
            return str(gateway.get_api_key(apiKey=key["id"], includeValue=True)["value"])
    return None


def _firewall_rules(deployed: Deployment) -> int:
    api, stage, _ = _place(deployed)
    firewall = deployed.client("wafv2")
    arn = f"arn:aws:apigateway:{deployed.account.region}::/restapis/{api}/stages/{stage}"
    try:
        return len(firewall.get_web_acl_for_resource(ResourceArn=arn)["WebACL"]["Rules"])
    except firewall.exceptions.WAFNonexistentItemException:
        return 0


def _post(url: str, body: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    request = urllib.request.Request(
        url, data=body.encode(), headers={"Content-Type": "application/json", **headers}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
