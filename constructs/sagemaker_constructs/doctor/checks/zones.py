"""Whether the zones of the subnets have what is put into them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sagemaker_constructs.core.templates.intrinsics import flat_text, references_in
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.doctor.account import Account, NotSeen, NotThere
from sagemaker_constructs.doctor.check import Check, CheckResult
from sagemaker_constructs.doctor.instance_needs import instance_needs
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment, known_text

_LISTED = re.compile(r"Fn::Select \[(\d+), .*Fn::GetAZs")
_TYPE = re.compile(r"ml\.(\S+) for (?:endpoint|training job|processing job|transform job|notebook instance) usage")


class ZoneCheck(Check):
    """Interface endpoints and instance types in the zones of the subnets, whose letters differ by account.

    SageMaker has no call that lists its types by zone; those of EC2 are a sign.

    See https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html and
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html
    """

    title = "Zones"
    place = 5

    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row."""
        subnets = planned.of_type("AWS::EC2::Subnet")
        if not subnets:
            yield self.fine(account, "zones", "no subnet is made")
            return
        described = account.ask("ec2", "DescribeAvailabilityZones")["AvailabilityZones"]
        names = sorted(each["ZoneName"] for each in described if each.get("State", "available") == "available")
        zones = {subnet: _zone(subnet, names, account) for subnet in subnets}
        for zone in sorted(set(zones.values())):
            if zone in names:
                yield self.fine(account, f"zone {zone}")
            else:
                users = ", ".join(each.path for each, of in zones.items() if of == zone)
                words = f"the account has {', '.join(names)}; asked for by {users}"
                yield self.wrong(account, f"zone {zone}", words, _choose(names, len(subnets)))
        used = sorted({each for each in zones.values() if each in names})
        yield from account.each(_endpoints(planned), lambda each: self._service(account, each, zones, names))
        yield from self._types(planned, account, used)

    def _service(
        self,
        account: Account,
        endpoint: TemplateResource,
        zones: Mapping[TemplateResource, str],
        names: Sequence[str],
    ) -> CheckResult:
        service = known_text(endpoint.value("ServiceName"), account)
        subject = f"endpoint {service.rpartition(account.region + '.')[2]}"
        found: Sequence[Mapping[str, Sequence[str]]] = []
        try:
            found = account.ask("ec2", "DescribeVpcEndpointServices", ServiceNames=[service])["ServiceDetails"]
        except NotThere:
            pass
        except NotSeen as error:
            return self.unseen(account, subject, error)
        if not found:
            words = f"{account.region} has no service {service}; asked for by {endpoint.path}"
            page = "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html"
            return self.wrong(account, subject, words, page)
        described: Mapping[str, Sequence[str]] = found[0]
        has = sorted(set(described.get("AvailabilityZones", ())) & set(names))
        named = (
            endpoint.landscape.called(endpoint.stack, each) for each in references_in(endpoint.value("SubnetIds"))
        )
        needed = sorted({zones[subnet] for subnet in named if subnet is not None and subnet in zones})
        missing = [each for each in needed if each not in has]
        if missing:
            words = f"is not in {', '.join(missing)}, but in {', '.join(has)}"
            return self.wrong(account, subject, words, _choose(has, len(needed)))
        return self.fine(account, subject, f"is in {', '.join(needed)}" if needed else "")

    def _types(self, planned: PlannedDeployment, account: Account, zones: Sequence[str]) -> Iterator[CheckResult]:
        kinds = sorted({found[1] for need in instance_needs(planned) if (found := _TYPE.fullmatch(need.name))})
        if not kinds or not zones:
            return
        try:
            offered = account.every(
                "ec2",
                "DescribeInstanceTypeOfferings",
                "InstanceTypeOfferings",
                LocationType="availability-zone",
                Filters=[{"Name": "instance-type", "Values": kinds}],
            )
        except (NotSeen, NotThere) as error:
            yield self.unseen(account, "instance types", error)
            return
        for kind in kinds:
            has = sorted(each["Location"] for each in offered if each["InstanceType"] == kind)
            missing = [each for each in zones if each not in has]
            if not missing:
                yield self.fine(account, f"ml.{kind}", f"is in {', '.join(zones)}")
            elif len(missing) < len(zones):
                words = f"EC2 has none in {', '.join(missing)}: SageMaker would start all in the other zones, or none"
                yield self.wrong(account, f"ml.{kind}", words, _choose(has, len(zones)))
            else:
                words = f"EC2 has none in {', '.join(missing)}, but in {', '.join(has) or 'no zone of the region'}"
                yield self.wrong(account, f"ml.{kind}", words, _choose(has, len(zones)))


def _endpoints(planned: PlannedDeployment) -> Iterator[TemplateResource]:
    return (each for each in planned.of_type("AWS::EC2::VPCEndpoint") if each.text("VpcEndpointType") == "Interface")


def _zone(subnet: TemplateResource, names: Sequence[str], account: Account) -> str:
    """The name of a subnet's zone, of which a template may say that it is the second of the region's list."""
    written = flat_text(subnet.value("AvailabilityZone"))
    listed = _LISTED.search(written)
    if listed:
        index = int(listed[1])
        return names[index] if index < len(names) else f"number {index + 1}"
    return account.written(written) or (names[0] if names else "")


def _choose(zones: Sequence[str], number: int) -> str:
    """What to write into the configuration."""
    if len(zones) < number:
        return f"fewer zones than {number}, as network.zones in the configuration: [{', '.join(zones)}]"
    return f"network.zones in the configuration: [{', '.join(zones[:number])}]"
