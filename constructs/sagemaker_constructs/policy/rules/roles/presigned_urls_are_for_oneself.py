"""URLs that let somebody in."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    GUIDE,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import IAM_TYPES, identity_statements
from sagemaker_constructs.policy.wildcards import is_everything

_URLS = (
    "sagemaker:CreatePresignedDomainUrl",
    "sagemaker:CreatePresignedNotebookInstanceUrl",
    "sagemaker:CreatePresignedMlflowTrackingServerUrl",
    "sagemaker:CreatePresignedMlflowAppUrl",
)


class PresignedUrlsAreForOneself(PolicyRule):
    """A presigned URL is made for one's own profile, notebook or server: it lets in as whom it is made for."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(IAM_TYPES, "presigned-urls-are-for-oneself")
    page = f"{GUIDE}/security_iam_id-based-policy-examples.html"
    fix = "Name the user profile, or add a condition on a tag of the owner."
    compliant: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::IAM::Policy",
            {
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "sagemaker:CreatePresignedDomainUrl",
                            "Resource": "*",
                            "Condition": {
                                "StringEquals": {"sagemaker:ResourceTag/owner": "${aws:PrincipalTag/owner}"}
                            },
                        }
                    ]
                }
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::IAM::Policy",
            {
                "PolicyDocument": {
                    "Statement": [
                        {"Effect": "Allow", "Action": "sagemaker:CreatePresignedDomainUrl", "Resource": "*"}
                    ]
                }
            },
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each statement without a condition that is about all of them."""
        for statement in identity_statements(subject):
            found = statement.covers(*_URLS)
            kinds = ("user-profile", "notebook-instance", "mlflow-tracking-server", "mlflow-app")
            if found and not statement.conditions and is_everything(statement, *kinds):
                yield f"{statement.path}.Resource", f"{', '.join(statement.resources)} for {', '.join(found)}"
