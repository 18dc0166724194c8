"""How people reach a Label Studio."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.problems import Problem, matches, no_more_than, unique
from sagemaker_constructs.core.tokens import is_token

ANYWHERE = "0.0.0.0/0"
_MOST_CIDRS = 60
_LABEL = r"(?!-)[a-z0-9\-]{1,63}(?<!-)"


@dataclass(frozen=True)
class LabelStudioEntrance:
    """People open ``https://<domain_name>``, from an address in ``cidrs`` (IPv4, at most 60).

    ``certificate`` is that of the name, in the region of the stack. The name is yours: a record of your DNS points
    from it to ``load_balancer_dns_name`` of the server. ``internet_facing`` puts the load balancer into the public
    subnets; otherwise only who is in the network, by VPN for example, reaches it.

    After ``session`` (1 minute to a week, default 8 hours), people sign on again. What they may do follows from their
    groups when their last token was issued, an hour ago at most. ``access_logs`` is a bucket, encrypted with S3's own
    keys, to which the load balancer writes each request.

    See https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
    """

    domain_name: str
    certificate: acm.ICertificate
    cidrs: Sequence[str]
    internet_facing: bool = False
    session: Duration | None = None
    access_logs: s3.IBucket | None = None

    @property
    def session_seconds(self) -> int:
        """How long people are signed on."""
        return seconds_of(self.session or minutes(480))

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with it."""
        words = "a host name in lower case, such as labels.example.com"
        yield matches("domain_name", self.domain_name, rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})+", words)
        if not self.cidrs:
            yield Problem("cidrs", "must name from where people come, such as 192.0.2.0/24, got: none")
        yield no_more_than("cidrs", self.cidrs, _MOST_CIDRS)
        named = {f"cidrs[{index}]": cidr for index, cidr in enumerate(self.cidrs)}
        yield from unique(named)
        for path, cidr in named.items():
            if not is_token(cidr) and not _is_network(cidr):
                yield Problem(path, f"must be a network such as 192.0.2.0/24, got: {cidr!r}")
        if self.access_logs and self.access_logs.encryption_key:
            yield Problem(
                "access_logs", "must be encrypted with S3's own keys: load balancers write to no other bucket"
            )


def _is_network(cidr: str) -> bool:
    try:
        ipaddress.IPv4Network(cidr)
    except ValueError:
        return False
    return "/" in cidr
