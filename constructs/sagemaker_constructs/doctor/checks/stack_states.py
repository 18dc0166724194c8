"""Stacks that CloudFormation would not update as they are, and what earlier ones have left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sagemaker_constructs.core.templates.assembly import StackTemplate
from sagemaker_constructs.doctor.account import Account, NotSeen, NotThere
from sagemaker_constructs.doctor.check import Check, CheckResult
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment

_DELETED_BY_CDK = ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "CREATE_FAILED", "DELETE_COMPLETE")
_LEFTOVERS_SHOWN = 6


class StackStateCheck(Check):
    """The state of stacks that are there, and what is left of those that are gone.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
    """

    title = "Stacks"
    place = 9

    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row."""
        # Without an account, once for all.
        _ = account.number
        states = list(account.each(planned.deployed, lambda stack: (stack, self._state(account, stack))))
        gone = [stack.name for stack, row in states if row is None]
        yield from (row for _, row in states if row)
        if gone:
            yield self.fine(account, f"{len(gone)} stacks", "are made for the first time")
            yield self._left(account, gone)

    def _state(self, account: Account, stack: StackTemplate) -> CheckResult | None:
        try:
            described = account.ask("cloudformation", "DescribeStacks", StackName=stack.name)["Stacks"][0]
        except NotThere:
            return None
        except NotSeen as error:
            return self.unseen(account, stack.name, error)
        state, region = str(described["StackStatus"]), account.region
        if state == "UPDATE_ROLLBACK_FAILED":
            command = f"aws cloudformation continue-update-rollback --stack-name {stack.name} --region {region}"
            return self.wrong(account, stack.name, f"is in {state}, and takes no update", command)
        if state in ("DELETE_FAILED", "ROLLBACK_FAILED"):
            command = f"aws cloudformation delete-stack --stack-name {stack.name} --region {region}"
            return self.wrong(account, stack.name, f"is in {state}, and takes no update", command)
        if state.endswith("IN_PROGRESS") and state not in _DELETED_BY_CDK:
            command = f"aws cloudformation describe-stack-events --stack-name {stack.name} --region {region}"
            return self.wrong(account, stack.name, f"is in {state}: another deployment is under way", command)
        return self.fine(account, stack.name, state)

    def _left(self, account: Account, stacks: list[str]) -> CheckResult:
        """What stacks of these names have retained, which nobody counts any more and which costs money."""
        try:
            found = account.every(
                "resourcegroupstaggingapi",
                "GetResources",
                "ResourceTagMappingList",
                TagFilters=[{"Key": "aws:cloudformation:stack-name", "Values": stacks}],
            )
        except (NotSeen, NotThere) as error:
            return self.unseen(account, "what is left of them", error)
        if not found:
            return self.fine(account, "what is left of them", "nothing")
        kinds = Counter(":".join(each["ResourceARN"].split(":")[2:3]) for each in found)
        counted = ", ".join(f"{count} of {kind}" for kind, count in kinds.most_common(_LEFTOVERS_SHOWN))
        words = f"an earlier deployment has retained {counted}: they stay, and the new one has others"
        return self.fine(account, "what is left of them", words)
