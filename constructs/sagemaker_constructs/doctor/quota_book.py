"""The quotas of an account, as Service Quotas lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sagemaker_constructs.doctor.account import Account, NotSeen, NotThere

_PENDING = ("PENDING", "CASE_OPENED")


@dataclass(frozen=True)
class Quota:
    """A quota of an account in a region; ``asked`` is the value of a pending request, None without one."""

    service: str
    code: str
    name: str
    value: float
    adjustable: bool
    asked: float | None = None

    def request(self, value: int, region: str) -> str:
        """The command that asks AWS for ``value``, or where to read about a quota that AWS does not raise."""
        if not self.adjustable:
            return self.page(region)
        return (
            f"aws service-quotas request-service-quota-increase --service-code {self.service}"
            f" --quota-code {self.code} --desired-value {value} --region {region}"
        )

    def page(self, region: str) -> str:
        """The quota in the console."""
        host = f"https://{region}.console.aws.amazon.com"
        return f"{host}/servicequotas/home/services/{self.service}/quotas/{self.code}"


def sagemaker_quotas(account: Account) -> Mapping[str, Quota]:
    """SageMaker's quotas, of which an account has some thousands, by their names in ``quota_key``'s form.

    Raises ``NotSeen`` where they are not shown.

    See https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
    """
    listed = account.every("service-quotas", "ListServiceQuotas", "Quotas", ServiceCode="sagemaker")
    asked = _asked(account, "sagemaker")
    return {
        quota_key(each["QuotaName"]): Quota(
            "sagemaker",
            each["QuotaCode"],
            each["QuotaName"],
            float(each["Value"]),
            bool(each["Adjustable"]),
            asked.get(each["QuotaCode"]),
        )
        for each in listed
    }


def one_quota(account: Account, service: str, code: str) -> Quota:
    """A quota by its code: the account's own value, or AWS's default where it has none.

    Raises ``NotSeen`` where it is not shown.
    """
    # IAM's quotas are kept in one region for all.
    region = "us-east-1" if service == "iam" else account.region
    for operation in ("GetServiceQuota", "GetAWSDefaultServiceQuota"):
        try:
            found = account.ask("service-quotas", operation, region=region, ServiceCode=service, QuotaCode=code)
        except NotThere:
            continue
        quota = found["Quota"]
        return Quota(service, code, quota["QuotaName"], float(quota["Value"]), bool(quota["Adjustable"]))
    raise NotSeen(f"Service Quotas has no quota {code} of {service}")


def quota_key(name: str) -> str:
    """A quota's name as it is compared: AWS writes some with ``instance``, and some with ``instances``."""
    return " ".join(name.lower().split()).removesuffix("s")


def _asked(account: Account, service: str) -> Mapping[str, float]:
    """What pending requests want, by the code of the quota; nothing where they are not shown."""
    try:
        history = account.every(
            "service-quotas", "ListRequestedServiceQuotaChangeHistory", "RequestedQuotas", ServiceCode=service
        )
    except (NotSeen, NotThere):
        return {}
    return {each["QuotaCode"]: float(each["DesiredValue"]) for each in history if each["Status"] in _PENDING}
