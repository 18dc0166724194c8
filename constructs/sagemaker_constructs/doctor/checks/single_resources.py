"""What an account or region has once, so that two stacks cannot both have it."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.doctor.account import Account, NotSeen, NotThere
from sagemaker_constructs.doctor.check import Check, CheckResult
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment, is_deployed, known_text


class SingleResourceCheck(Check):
    """OIDC providers, the private workforce, API Gateway's role for logs, the settings of Lake Formation.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-private.html and
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-account.html
    """

    title = "One in an account"
    place = 8

    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row."""
        rows = [
            self._looked(account, subject)
            for subject in planned.of_type(
                "AWS::IAM::OIDCProvider",
                "AWS::SageMaker::Workforce",
                "AWS::ApiGateway::Account",
                "AWS::LakeFormation::DataLakeSettings",
            )
        ]
        yield from rows or [self.fine(account, "resources", "none that an account has once")]

    def _looked(self, account: Account, subject: TemplateResource) -> CheckResult:
        what = subject.type.rpartition("::")[2]
        try:
            if is_deployed(account, subject):
                return self.fine(account, what, "is of its own stack")
            match subject.type:
                case "AWS::IAM::OIDCProvider":
                    found, remedy = self._provider(account, subject)
                case "AWS::SageMaker::Workforce":
                    found, remedy = self._workforce(account)
                case "AWS::ApiGateway::Account":
                    found, remedy = self._logs(account)
                case _:
                    found, remedy = self._administrators(account)
        except (NotSeen, NotThere) as error:
            return self.unseen(account, what, error)
        words = f"{found}; asked for by {subject.path}"
        return self.wrong(account, what, words, remedy) if found else self.fine(account, what, "there is none yet")

    def _provider(self, account: Account, subject: TemplateResource) -> tuple[str, str]:
        issuer = known_text(subject.value("Url"), account).removeprefix("https://")
        listed = account.ask("iam", "ListOpenIDConnectProviders")["OpenIDConnectProviderList"]
        arn = next((each["Arn"] for each in listed if each["Arn"].endswith(f"oidc-provider/{issuer}")), "")
        return (f"the account has {arn}" if arn else ""), f"WorkflowRoles(provider_arn='{arn}')"

    def _workforce(self, account: Account) -> tuple[str, str]:
        listed = account.ask("sagemaker", "ListWorkforces")["Workforces"]
        name = str(listed[0]["WorkforceName"]) if listed else ""
        command = f"aws sagemaker delete-workforce --workforce-name {name} --region {account.region}"
        return (
            f"the region has the private workforce {name}" if name else ""
        ), f"{command}    # once it has no teams"

    def _logs(self, account: Account) -> tuple[str, str]:
        role = str(account.ask("apigateway", "GetAccount").get("cloudwatchRoleArn") or "")
        words = f"the region's APIs write logs as {role}, which the stack would replace, and take away when it goes"
        return (words if role else ""), "leave AWS::ApiGateway::Account out of the stack"

    def _administrators(self, account: Account) -> tuple[str, str]:
        settings = account.ask("lakeformation", "GetDataLakeSettings")["DataLakeSettings"]
        there = [each["DataLakePrincipalIdentifier"] for each in settings.get("DataLakeAdmins", ())]
        words = f"{', '.join(there)} administer the data lake, and would no longer"
        return (words if there else ""), "name them in the settings as well"
