"""What stands between a REST API and an endpoint, and breaks a rule."""

import json

from aws_cdk import Stack

import sagemaker_constructs as sm
from harness.rules.case import Request, RuleCase
from sagemaker_constructs.core.rules.around_endpoints import MOST_FUNCTION_BYTES

_TESTS = "tests/emulator/services/test_apigateway.py"


def _trust(**condition: object) -> Request:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": condition}
    return {"AssumeRolePolicyDocument": json.dumps({"Statement": [statement]})}


def _reserved(stack: Stack) -> object:
    group = sm.ModelPackageGroup(stack, "Group", name="churn")
    first = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/1"
    return sm.ApprovedModel(stack, "Approved", group=group, parameter_name="/AWS/approved", first=first)


CASES = {
    "names-of-parameters-are-not-reserved": RuleCase(
        refused={"Name": "/aws-approved", "Value": "x", "Type": "String"},
        taken={"Name": "/ml/aws", "Value": "x", "Type": "String"},
        synth=_reserved,
        elsewhere="tests/emulator/registry/test_approved_model.py::test_a_reserved_name_is_refused",
    ),
    "integration-roles-trust-without-a-source": RuleCase(
        refused=_trust(StringEquals={"aws:SourceAccount": "123456789012"}),
        taken=_trust(),
        elsewhere=f"{_TESTS}::test_a_role_that_asks_for_what_is_not_sent_cannot_be_assumed",
    ),
    "functions-take-six-megabytes": RuleCase(
        refused={"PayloadBytes": MOST_FUNCTION_BYTES + 1},
        taken={"PayloadBytes": MOST_FUNCTION_BYTES},
        elsewhere=f"{_TESTS}::test_a_streaming_door_takes_six_megabytes",
    ),
}
