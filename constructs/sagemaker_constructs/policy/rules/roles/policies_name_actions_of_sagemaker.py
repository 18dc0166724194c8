"""Policies that allow all of SageMaker."""

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

_READING = ("sagemaker:describe", "sagemaker:list", "sagemaker:search", "sagemaker:batchget")


class PoliciesNameActionsOfSagemaker(PolicyRule):
    """Actions of SageMaker that change something are named, or are for named resources."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(IAM_TYPES, "policies-name-actions-of-sagemaker")
    page = f"{GUIDE}/security_iam_id-based-policy-examples.html"
    fix = "List the actions, and the ARNs of the endpoints, jobs or pipelines."
    compliant: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::IAM::Policy",
            {
                "PolicyDocument": {
                    "Statement": [
                        {"Effect": "Allow", "Action": ["sagemaker:List*", "sagemaker:Describe*"], "Resource": "*"},
                        {
                            "Effect": "Allow",
                            "Action": "sagemaker:InvokeEndpoint",
                            "Resource": {
                                "Fn::Sub": "arn:aws:sagemaker:${AWS::Region}:${AWS::AccountId}:endpoint/churn"
                            },
                        },
                    ]
                }
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::IAM::Policy",
            {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sagemaker:Create*", "Resource": "*"}]}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each statement about all resources."""
        for statement in identity_statements(subject):
            named = [each for each in statement.actions if each.lower().startswith("sagemaker:")]
            changing = [each for each in named if not each.lower().startswith(_READING)]
            wide = [each for each in changing if "*" in each]
            broad = is_everything(statement) and not statement.conditions
            if wide and (broad or any(each.lower() == "sagemaker:*" for each in wide)):
                yield f"{statement.path}.Action", ", ".join(wide)
            elif broad and changing:
                yield f"{statement.path}.Resource", f"* for {', '.join(changing)}"
