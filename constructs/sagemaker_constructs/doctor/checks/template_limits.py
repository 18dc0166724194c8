"""What CloudFormation takes of a template, which nobody can have raised."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker_constructs.doctor.account import Account
from sagemaker_constructs.doctor.check import Check, CheckResult
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment
from sagemaker_constructs.fleet.report.needs import template_needs


class TemplateCheck(Check):
    """Resources and size of the templates.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """

    title = "Templates"
    place = 0

    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row."""
        needs = template_needs(
            max(len(each.template.get("Resources", {})) for each in planned.stacks),
            max(each.file.stat().st_size for each in planned.stacks),
        )
        for need in needs:
            if need.is_too_much:
                words = f"{need.needed:,}, of which AWS allows {need.limit:,}"
                yield self.wrong(account, need.what, words, need.page)
            else:
                yield self.fine(account, need.what, f"{need.needed:,} of {need.limit:,}")
