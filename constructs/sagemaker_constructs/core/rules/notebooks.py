"""Notebook instances: on what they may run, and where."""

from collections.abc import Iterator

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, rule
from sagemaker_constructs.core.tokens import is_token

_AL2 = f"{GUIDE}/nbi-al2.html"
_CREATE = "CreateNotebookInstance"
_GONE = {"p2", "p3", "p3dn", "inf1", "g3"}


@rule(_CREATE, _AL2, read="2026-11-29")
def notebooks_run_on_amazon_linux_2023(call: Call) -> Iterator[Broken]:
    """A notebook instance runs on Amazon Linux 2023: since July 1, 2026, none of an older system is created."""
    platform = call.request.get("PlatformIdentifier")
    if platform and not is_token(platform) and not platform.startswith("notebook-al2023-"):
        yield "PlatformIdentifier", platform


@rule(_CREATE, _AL2, read="2026-11-29", also=("UpdateNotebookInstance",))
def notebooks_on_amazon_linux_2023_have_newer_instances(call: Call) -> Iterator[Broken]:
    """Amazon Linux 2023 has no notebook instances of the families p2, p3, p3dn, inf1 and g3."""
    instance_type = call.request.get("InstanceType")
    if instance_type and not is_token(instance_type) and set(instance_type.split(".")) & _GONE:
        yield "InstanceType", instance_type


@rule(_CREATE, f"{API}/API_CreateNotebookInstance.html", read="2026-11-29", enforced=("emulator",))
def notebooks_without_internet_are_in_a_subnet(call: Call) -> Iterator[Broken]:
    """A notebook instance without direct internet access needs a SubnetId."""
    if call.request.get("DirectInternetAccess") == "Disabled" and not call.request.get("SubnetId"):
        yield "DirectInternetAccess", "Disabled without a SubnetId"
