"""Whether the account's quotas are as large as what the templates ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sagemaker_constructs.doctor.account import Account, NotSeen, NotThere
from sagemaker_constructs.doctor.check import Check, CheckResult
from sagemaker_constructs.doctor.instance_needs import QuotaNeed, instance_needs
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment, is_deployed
from sagemaker_constructs.doctor.quota_book import Quota, one_quota, quota_key, sagemaker_quotas

_PAGE = "https://docs.aws.amazon.com/general/latest/gr/sagemaker.html#limits_sagemaker"
_MOST_ENDPOINTS = 60
"""Of so many endpoints the instances are counted, which takes two calls for each."""


class QuotaCheck(Check):
    """SageMaker's quotas, of which a new account has 0 for nearly every instance type, and those around them.

    What the account runs already counts, if it is of other stacks. A request that AWS has not answered yet is said.

    See https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
    """

    title = "Quotas"
    place = 4

    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row."""
        needs = list(instance_needs(planned))
        quotas: Mapping[str, Quota] = {}
        used: Mapping[str, int] = {}
        try:
            if needs:
                quotas, used = sagemaker_quotas(account), _instances_of_others(planned, account)
        except (NotSeen, NotThere) as error:
            yield self.unseen(account, "quotas of SageMaker", error, _PAGE)
            for need in needs:
                yield self.unseen(account, need.name, f"needs {need.needed}: {need.in_words}")
        else:
            for need in needs:
                yield self._sagemaker(account, need, quotas.get(quota_key(need.name)), used)
        yield from account.each(_needs_around(planned), lambda need: self._around(planned, account, need))

    def _sagemaker(
        self, account: Account, need: QuotaNeed, quota: Quota | None, used: Mapping[str, int]
    ) -> CheckResult:
        wanted = f"needs {need.needed} ({need.in_words})"
        if quota is None:
            words = f"{wanted}, and {account.region} has no quota of this name: the type is not offered for it there"
            return self.wrong(account, need.name, words, _PAGE)
        taken = used.get(need.name, 0)
        wanted += f", {taken} are in use by others" if taken else ""
        if quota.value >= need.needed + taken:
            return self.fine(account, need.name, f"{need.needed + taken} of {quota.value:g}")
        asked = f"; {quota.asked:g} have been asked for, and AWS has not answered yet" if quota.asked else ""
        fails = "the deployment fails" if quota.value < need.first + taken else "its scaling or its update fails"
        words = f"{wanted}, and the quota is {quota.value:g}: {fails}{asked}"
        return self.wrong(account, need.name, words, quota.request(need.needed + taken, account.region))

    def _around(self, planned: PlannedDeployment, account: Account, need: _NeedAround) -> CheckResult:
        try:
            quota = one_quota(account, need.service, need.code)
            taken = _in_use(account, need.code)
            # What is deployed already is among what is in use.
            there = sum(is_deployed(account, each) for each in planned.of_type(*need.types)) if taken else 0
        except (NotSeen, NotThere) as error:
            return self.unseen(account, need.name, f"needs {need.needed}: {error}")
        needed = need.needed - there
        if quota.value >= needed + taken:
            return self.fine(account, need.name, f"{needed} more and {taken} in use, of {quota.value:g}")
        words = f"needs {needed} more, {taken} are in use, and the quota is {quota.value:g}"
        return self.wrong(account, need.name, words, quota.request(needed + taken, account.region))


@dataclass(frozen=True)
class _NeedAround:
    """A quota of another service by its code, and how much of it is needed; ``types`` are what it counts."""

    service: str
    code: str
    name: str
    needed: int
    types: tuple[str, ...] = ()


def _needs_around(planned: PlannedDeployment) -> Iterator[_NeedAround]:
    for service, code, name, kind in (
        ("vpc", "L-F678F1CE", "VPCs of the region", "AWS::EC2::VPC"),
        ("ec2", "L-0263D0A3", "Elastic IP addresses", "AWS::EC2::EIP"),
        ("iam", "L-FE177D64", "IAM roles", "AWS::IAM::Role"),
    ):
        if count := len(planned.of_type(kind)):
            yield _NeedAround(service, code, name, count, (kind,))
    endpoints = planned.of_type("AWS::EC2::VPCEndpoint")
    interfaces = Counter(each.stack for each in endpoints if each.text("VpcEndpointType") == "Interface")
    reserved = [each.value("ReservedConcurrentExecutions") for each in planned.of_type("AWS::Lambda::Function")]
    concurrency = sum(each for each in reserved if isinstance(each, int))
    fargate = [
        each.value("ComputeResources.MaxvCpus")
        for each in planned.of_type("AWS::Batch::ComputeEnvironment")
        if each.text("ComputeResources.Type").startswith("FARGATE")
    ]
    for service, code, name, needed in (
        ("vpc", "L-29B6F2EB", "interface endpoints of a VPC", max(interfaces.values(), default=0)),
        # Lambda keeps a hundred for functions that reserve none.
        ("lambda", "L-B99A9384", "functions that run at once", concurrency + 100 if concurrency else 0),
        ("fargate", "L-3032A538", "vCPUs of Fargate", sum(int(each) for each in fargate if each)),
    ):
        if needed:
            yield _NeedAround(service, code, name, needed)


def _in_use(account: Account, code: str) -> int:
    """How much of a quota is in use already."""
    match code:
        case "L-F678F1CE":
            return len(account.every("ec2", "DescribeVpcs", "Vpcs"))
        case "L-0263D0A3":
            return len(account.ask("ec2", "DescribeAddresses")["Addresses"])
        case "L-FE177D64":
            return int(account.ask("iam", "GetAccountSummary")["SummaryMap"].get("Roles", 0))
        case _:
            return 0


def _instances_of_others(planned: PlannedDeployment, account: Account) -> Mapping[str, int]:
    """The instances of endpoints of other stacks, by the quotas that they take from; of some endpoints at most."""
    own = {account.written(each.text("EndpointName")) for each in planned.of_type("AWS::SageMaker::Endpoint")}
    listed = account.every("sagemaker", "ListEndpoints", "Endpoints")
    names = [each["EndpointName"] for each in listed if each["EndpointName"] not in own]
    found = Counter[str]()
    for variants in account.each(names[:_MOST_ENDPOINTS], lambda name: list(_variants(account, name))):
        for variant in variants:
            kind, count = variant
            found[f"{kind} for endpoint usage"] += count
            found["Number of instances across active endpoints"] += count
    return found


def _variants(account: Account, endpoint: str) -> Iterator[tuple[str, int]]:
    """Types and counts of what an endpoint runs; nothing of one that went away meanwhile."""
    try:
        described = account.ask("sagemaker", "DescribeEndpoint", EndpointName=endpoint)
        config = account.ask(
            "sagemaker", "DescribeEndpointConfig", EndpointConfigName=described["EndpointConfigName"]
        )
    except NotThere:
        return
    types: Mapping[str, Any] = {
        each["VariantName"]: each.get("InstanceType") for each in config.get("ProductionVariants", ())
    }
    for variant in described.get("ProductionVariants", ()):
        kind = types.get(variant["VariantName"])
        if kind:
            yield str(kind), int(variant.get("CurrentInstanceCount", 1))
