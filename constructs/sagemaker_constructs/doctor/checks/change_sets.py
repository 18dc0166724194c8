"""Change sets that are made, read and deleted, and never executed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from sagemaker_constructs.core.templates.assembly import StackTemplate
from sagemaker_constructs.doctor.account import Account, NotSeen, NotThere
from sagemaker_constructs.doctor.check import Check, CheckResult
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment

_NAME = "doctor-looks"
_SECONDS = 120
_NOTHING = ("didn't contain changes", "no updates are to be performed")
_NEEDS_ANOTHER = ("no export named", "unable to fetch parameters", "parameternotfound")


class ChangeSetCheck(Check):
    """CloudFormation's own judgement of each template, as ``cdk deploy --no-execute`` asks for it.

    Writes: the template into the bootstrap's bucket, under the name that the deployment gives it, and a change set
    that is deleted again, with the empty stack that it makes for a new one. A stack that reads what another one
    exports can be judged once that one is there.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
    """

    title = "Change sets"
    place = 11
    opt_in = True

    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row."""
        yield from account.each(planned.deployed, lambda stack: self._judged(account, stack))

    def _judged(self, account: Account, stack: StackTemplate) -> CheckResult:
        try:
            deploying = _as_deployed(account, str(stack.artifact.get("assumeRoleArn", "")))
            url = self._published(account, stack)
            new = _is_new(account, stack.name)
            return self._made(deploying, stack, url, new=new)
        except (NotSeen, NotThere) as error:
            return self._told(account, stack.name, str(error))

    def _published(self, account: Account, stack: StackTemplate) -> str:
        """The address of the template in the bootstrap's bucket."""
        key = stack.file.name
        for asset in stack.files.values():
            if asset.get("source", {}).get("path") == key:
                [destination, *_] = asset["destinations"].values()
                bucket, name = account.written(destination["bucketName"]), str(destination["objectKey"])
                publishing = _as_deployed(account, str(destination.get("assumeRoleArn", "")))
                publishing.ask("s3", "PutObject", Bucket=bucket, Key=name, Body=stack.file.read_bytes())
                domain = account.written("${AWS::URLSuffix}")
                return f"https://s3.{account.region}.{domain}/{bucket}/{name}"
        return ""

    def _made(self, account: Account, stack: StackTemplate, url: str, *, new: bool) -> CheckResult:
        body = {"TemplateURL": url} if url else {"TemplateBody": stack.file.read_text(encoding="utf-8")}
        role = str(stack.artifact.get("cloudFormationExecutionRoleArn", ""))
        request: dict[str, Any] = {
            "StackName": stack.name,
            "ChangeSetName": _NAME,
            "ChangeSetType": "CREATE" if new else "UPDATE",
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            **body,
            **({"RoleARN": account.written(role)} if role else {}),
        }
        account.ask("cloudformation", "CreateChangeSet", **request)
        try:
            state, reason, changes = _awaited(account, stack.name)
        finally:
            _taken_away(account, stack.name, new=new)
        if state == "FAILED":
            return self._told(account, stack.name, reason)
        return self.fine(account, stack.name, f"CloudFormation takes it: {changes} changes")

    def _told(self, account: Account, stack: str, reason: str) -> CheckResult:
        said = reason.lower()
        if any(words in said for words in _NOTHING):
            return self.fine(account, stack, "CloudFormation takes it: no changes")
        if any(words in said for words in _NEEDS_ANOTHER):
            return self.unseen(account, stack, f"reads what another stack writes, which is not there yet: {reason}")
        if "denied" in said or ("was refused" not in said and "template" not in said and "resource" not in said):
            return self.unseen(account, stack, reason)
        page = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html"
        return self.wrong(account, stack, f"CloudFormation refuses it: {reason}", page)


def _as_deployed(account: Account, role: str) -> Account:
    """The account as the bootstrap's role sees it, or, as the CDK does it too, as the credentials do."""
    if not role:
        return account
    try:
        return account.assuming(account.written(role))
    except (NotSeen, NotThere):
        return account


def _is_new(account: Account, name: str) -> bool:
    try:
        described = account.ask("cloudformation", "DescribeStacks", StackName=name)["Stacks"]
    except NotThere:
        return True
    return described[0]["StackStatus"] == "REVIEW_IN_PROGRESS"


def _awaited(account: Account, stack: str) -> tuple[str, str, int]:
    """How the change set ended, why, and how many changes it has on its first page."""
    end = time.monotonic() + _SECONDS
    attempt = 0
    while True:
        attempt += 1
        found = account.again("cloudformation", "DescribeChangeSet", StackName=stack, ChangeSetName=_NAME)
        state = str(found["Status"])
        if state in ("CREATE_COMPLETE", "FAILED"):
            return state, str(found.get("StatusReason") or ""), len(found.get("Changes", ()))
        if time.monotonic() > end:
            raise NotSeen(f"the change set is still in {state} after {_SECONDS} seconds")
        time.sleep(min(0.2 * attempt, 3))


def _taken_away(account: Account, stack: str, *, new: bool) -> None:
    account.again("cloudformation", "DeleteChangeSet", StackName=stack, ChangeSetName=_NAME)
    if new:
        account.again("cloudformation", "DeleteStack", StackName=stack)
