"""What ``cdk bootstrap`` leaves in an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sagemaker_constructs.core.templates.assembly import StackTemplate
from sagemaker_constructs.doctor.account import Account, NotSeen, NotThere
from sagemaker_constructs.doctor.check import Check, CheckResult
from sagemaker_constructs.doctor.planned_deployment import DEFAULT_QUALIFIER, PlannedDeployment


class BootstrapCheck(Check):
    """The bootstrap that the stacks name: its version, its bucket and repository, its roles.

    See https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-troubleshoot.html
    """

    title = "CDK bootstrap"
    place = 2

    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row."""
        versions: dict[str, int] = {}
        for stack in planned.deployed:
            name = str(stack.artifact.get("bootstrapStackVersionSsmParameter", ""))
            if name:
                needed = int(stack.artifact.get("requiresBootstrapStackVersion", 0))
                versions[name] = max(versions.get(name, 0), needed)
        if not versions:
            yield self.fine(account, "version", "the stacks ask for no bootstrap")
            return
        command = bootstrap_command(planned, account)
        if account.identity is None:
            yield self.unseen(account, "version, bucket, repository, roles", account.unseen, command)
            return
        for name, needed in versions.items():
            yield self._version(account, name, needed, command)
        parts = {part: each for stack in planned.deployed for part, each in _parts(stack)}
        answers = account.each(parts.items(), lambda part: self._part(account, *part, command))
        yield from answers

    def _version(self, account: Account, name: str, needed: int, command: str) -> CheckResult:
        try:
            found = int(account.ask("ssm", "GetParameter", Name=name)["Parameter"]["Value"])
        except NotThere:
            return self.wrong(account, "version", f"the parameter {name} is not there", command)
        except NotSeen as error:
            return self.unseen(account, "version", error, command)
        if found < needed:
            return self.wrong(account, "version", f"is {found}, and the stacks need {needed}", command)
        return self.fine(account, "version", f"{found}, of which {needed} is needed")

    def _part(self, account: Account, kind: str, name: str, command: str) -> CheckResult:
        """Whether a bucket, a repository or a role is there."""
        what, _, written = kind.partition(" ")
        named = account.written(written)
        try:
            match what:
                case "bucket":
                    account.ask("s3", "HeadBucket", Bucket=named)
                case "repository":
                    account.ask("ecr", "DescribeRepositories", repositoryNames=[named])
                case _:
                    account.ask("iam", "GetRole", RoleName=named.rpartition("/")[2])
        except NotThere:
            return self.wrong(account, name, f"{named.rpartition('/')[2]} is not there", command)
        except NotSeen as error:
            return self.unseen(account, name, error)
        return self.fine(account, name, named.rpartition("/")[2])


def bootstrap_command(planned: PlannedDeployment, account: Account) -> str:
    """The command that makes the bootstrap, for the account of the credentials."""
    number = account.identity["Account"] if account.identity else "ACCOUNT"
    # One account has a stack of each bootstrap.
    named = "" if planned.qualifier == DEFAULT_QUALIFIER else f" --toolkit-stack-name CDKToolkit-{planned.qualifier}"
    place = f"aws://{number}/{account.region or planned.region}"
    return f"cdk bootstrap {place} --qualifier {planned.qualifier}{named}"


def _parts(stack: StackTemplate) -> Iterator[tuple[str, str]]:
    """What a stack needs of the bootstrap, as it is written in the manifest, and what that is called."""
    for member, name in (("assumeRoleArn", "deploy role"), ("cloudFormationExecutionRoleArn", "execution role")):
        if stack.artifact.get(member):
            yield f"role {stack.artifact[member]}", name
    for assets, member, kind, name in (
        (stack.files, "bucketName", "bucket", "bucket of assets"),
        (stack.images, "repositoryName", "repository", "repository of images"),
    ):
        for asset in assets.values():
            destinations: Mapping[str, Mapping[str, str]] = asset.get("destinations", {})
            for each in destinations.values():
                yield f"{kind} {each[member]}", name
                if each.get("assumeRoleArn"):
                    yield f"role {each['assumeRoleArn']}", f"role that publishes {name.rpartition(' ')[2]}"
