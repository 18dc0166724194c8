"""Change sets that break a rule."""

from harness.rules.case import RuleCase

_SHOWN = "tests/emulator/cloudformation/test_imports.py"
_MODEL = {"Type": "AWS::SageMaker::Model", "Properties": {"ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}}
_ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Fn::ImportValue": "elsewhere"}}}


def _imports(kind: str) -> dict[str, object]:
    return {"ResourcesToImport": [{"ResourceType": kind, "LogicalResourceId": "One"}]}


CASES = {
    "endpoints-and-notebook-instances-are-not-imported": RuleCase(
        refused=_imports("AWS::SageMaker::Endpoint"),
        taken=_imports("AWS::SageMaker::FeatureGroup"),
        elsewhere=f"{_SHOWN}::test_endpoints_are_not_imported",
    ),
    "templates-name-what-they-have": RuleCase(
        refused={"Template": {"Resources": {"Model": _MODEL}}},
        taken={"Template": {"Resources": {"Model": _MODEL, "Role": _ROLE}}},
        elsewhere=f"{_SHOWN}::test_a_template_names_only_what_it_has",
    ),
}
