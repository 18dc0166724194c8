"""The roles that a repository's workflows assume, without stored keys."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.acknowledgement import Findings
from sagemaker_constructs.core.base_construct import BaseConstruct, location_of
from sagemaker_constructs.core.problems import Problem, matches, reject, seconds_between, unique, within
from sagemaker_constructs.delivery.smoke.smoke_test_grants import smoke_test_grants
from sagemaker_constructs.delivery.workflow_source import WorkflowSource

_BOOTSTRAPPED = ("deploy", "file-publishing", "image-publishing", "lookup")


class WorkflowRoles(BaseConstruct):
    """For workflows of ``source``, a role that looks at changes, and one for each of ``environments`` to deploy them.

    The first one reads the templates of the stacks that ``stacks`` names, and nothing else: requests to merge may
    have it. The others may become the roles of the CDK's bootstrap, in this account and region, which do what a
    deployment does; limit these by the bootstrap's own execution policy and permissions boundary. Beside this they
    may do what the smoke test does: find the endpoints and the alarms of these stacks, and invoke the endpoints.

    An account has one provider for each issuer. Pass ``provider_arn`` where it is there already.

    Provisions: ``AWS::IAM::OIDCProvider`` unless it is imported, and an ``AWS::IAM::Role`` for each.
    Defaults: the branch ``main``, the bootstrap's qualifier ``hnb659fds``, sessions of 4 hours, as endpoints that
    are updated with a bake take long.
    Raises ``InvalidInput`` for names that are none, for no or equal environments, and for sessions that IAM refuses.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_for-idp_oidc.html and
    https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: WorkflowSource,
        environments: Sequence[str],
        stacks: Sequence[str],
        branch: str = "main",
        provider_arn: str | None = None,
        qualifier: str = "hnb659fds",
        session: Duration | None = None,
    ) -> None:
        super().__init__(scope, id)
        duration = session or Duration.hours(4)
        reject(self, _problems(source, environments, stacks, branch, qualifier, duration))
        place = location_of(self)
        if provider_arn is None:
            made = iam.CfnOIDCProvider(
                self, "Provider", url=f"https://{source.issuer}", client_id_list=[source.audience]
            )
            provider_arn = made.attr_arn
        self.provider_arn: str = provider_arn
        account = f"arn:{place.partition}:iam::{place.account}"
        named = f"arn:{place.partition}:cloudformation:{place.region}:{place.account}:stack"
        reading, deploying = Grants(), Grants()
        reading.allow(
            "cloudformation:DescribeStackResource",
            "cloudformation:GetTemplate",
            on=[f"{named}/{each}/*" for each in stacks],
            because="Stacks get a number of their own when they are made.",
        )
        ends = f"-role-{place.account}-{place.region}"
        roles = [f"{account}:role/cdk-{qualifier}-{each}{ends}" for each in _BOOTSTRAPPED]
        deploying.allow("sts:AssumeRole", on=roles)
        deploying.include(smoke_test_grants(place, stacks))
        seconds = round(duration.to_seconds())

        def role(name: str, subjects: Sequence[str], grants: Grants, description: str) -> iam.CfnRole:
            made = iam.CfnRole(
                self,
                name,
                description=description,
                max_session_duration=seconds,
                assume_role_policy_document=_trust(provider_arn, source, subjects),
                policies=[{"policyName": "Default", "policyDocument": grants.document()}],
            )
            findings = Findings(made)
            findings.inline_policy()
            grants.accept(findings)
            findings.write()
            return made

        planning = role("Plan", source.planning(branch), reading, "Workflows that look at changes")
        self.plan_role_arn: str = planning.attr_arn
        self.deploy_role_arns: Mapping[str, str] = {
            each: role(
                f"Deploy{each}", source.deploying(branch, each), deploying, f"Workflows that deploy to {each}"
            ).attr_arn
            for each in environments
        }


def _trust(provider: str, source: WorkflowSource, subjects: Sequence[str]) -> Mapping[str, object]:
    """Who may assume a role: whoever has a token for us, of one of the subjects to the letter."""
    exact = "StringLike" if any("*" in each for each in subjects) else "StringEquals"
    conditions: dict[str, dict[str, object]] = {"StringEquals": {f"{source.issuer}:aud": source.audience}}
    conditions.setdefault(exact, {})[f"{source.issuer}:sub"] = list(subjects)
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": provider},
        "Condition": conditions,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _problems(
    source: WorkflowSource,
    environments: Sequence[str],
    stacks: Sequence[str],
    branch: str,
    qualifier: str,
    session: Duration,
) -> Iterator[Problem | None]:
    yield from within("source", source.problems())
    if not environments:
        yield Problem("environments", "must name at least one environment, got: none")
    for index, each in enumerate(environments):
        words = "1 to 60 letters, digits, hyphens and underscores"
        yield matches(f"environments[{index}]", each, r"[A-Za-z0-9_-]{1,60}", words)
    yield from unique({f"environments[{index}]": each for index, each in enumerate(environments)})
    if not stacks:
        yield Problem("stacks", "must name at least one stack, such as ml-platform-*, got: none")
    for index, each in enumerate(stacks):
        words = "a stack's name, such as ml-platform-*, that does not begin with a wildcard"
        yield matches(f"stacks[{index}]", each, r"[A-Za-z][A-Za-z0-9*-]{0,127}", words)
    yield matches("branch", branch, r"[A-Za-z0-9._/-]{1,200}", "a branch's name without a wildcard")
    yield matches("qualifier", qualifier, r"[a-z0-9]{1,10}", "1 to 10 lower-case letters and digits")
    yield seconds_between("session", session, 3600, 43200)
