"""Who deploys, and where to."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker_constructs.doctor.account import Account, NotSeen
from sagemaker_constructs.doctor.check import Check, CheckResult
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment

_SIGN_ON = "aws configure sso    # or: aws configure; then export AWS_PROFILE"


class CredentialsCheck(Check):
    """Credentials that work, of the account that the stacks go to, in a region that the account has enabled.

    See https://docs.aws.amazon.com/cdk/v2/guide/configure-access.html and
    https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
    """

    title = "Credentials and region"
    place = 1

    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row."""
        if account.identity is None:
            yield self.unseen(account, "credentials", account.unseen, _SIGN_ON)
            return
        yield self._who(account)
        for wanted in planned.accounts:
            if wanted == account.number:
                yield self.fine(account, f"account {wanted}")
            else:
                stacks = ", ".join(each.name for each in planned.deployed if each.account == wanted)
                yield self.wrong(
                    account,
                    f"account {wanted}",
                    f"the credentials are those of account {account.number}, and {stacks} would not be deployed",
                    f"export AWS_PROFILE=    # a profile of account {wanted}",
                )
        yield self._region(account)

    def _who(self, account: Account) -> CheckResult:
        arn = account.principal
        if arn.endswith(":root"):
            return self.unseen(
                account,
                "identity",
                "the root user may do everything, so that nothing about permissions can be seen; it cannot become the"
                " roles of the bootstrap either. Deploy as a user of IAM Identity Center or as a role",
                "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
            )
        return self.fine(account, "identity", arn)

    def _region(self, account: Account) -> CheckResult:
        subject = f"region {account.region}"
        try:
            found = account.ask("ec2", "DescribeRegions", RegionNames=[account.region], AllRegions=True)["Regions"]
        except NotSeen as error:
            return self.unseen(account, subject, error)
        if found and found[0].get("OptInStatus") == "not-opted-in":
            command = f"aws account enable-region --region-name {account.region}"
            return self.wrong(account, subject, "the account has not enabled it", command)
        return self.fine(account, subject)
