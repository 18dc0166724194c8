"""Each rule finds its own non-compliant template, and nothing in the compliant one."""

import re
import subprocess
import sys
from collections import Counter

import pytest

from harness.documents import PROJECT
from sagemaker_constructs.policy import Level, PolicyRule, judge, policy_rules
from sagemaker_constructs.policy.policy_rule import Resources
from sagemaker_constructs.policy.refusals import CONTROLS
from tools.policy_rules import page

RULES = policy_rules()


def _found(rule: PolicyRule, resources: Resources) -> list[str]:
    names = set(rule.ids.values())
    opt_in = names if rule.opt_in else ()
    return [each.rule for each in judge({"case": {"Resources": resources}}, opt_in=opt_in) if each.rule in names]


@pytest.mark.parametrize("rule", RULES, ids=lambda each: type(each).__name__)
def test_a_rule_tells_one_template_from_the_other(rule: PolicyRule) -> None:
    assert _found(rule, rule.compliant) == []
    assert _found(rule, rule.broken)


@pytest.mark.parametrize("rule", RULES, ids=lambda each: type(each).__name__)
def test_a_rule_says_what_where_and_what_to_do(rule: PolicyRule) -> None:
    assert rule.statement.endswith(".")
    assert rule.fix.endswith(".")
    assert rule.page.startswith("https://docs.aws.amazon.com/")
    named = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type(rule).__name__).lower()
    assert all(
        name.startswith("SageMaker.") or name.replace("-", "") == named.replace("-", "") for name in rule.ids.values()
    )


@pytest.mark.parametrize(
    "rule", [each for each in RULES if each.production_only], ids=lambda each: type(each).__name__
)
def test_what_only_production_needs_is_not_asked_for_elsewhere(rule: PolicyRule) -> None:
    names = set(rule.ids.values())
    assert not [each for each in judge({"case": {"Resources": rule.broken}}, Level.DEV) if each.rule in names]


def test_all_controls_of_security_hub_are_there() -> None:
    names = {name for rule in RULES for name in rule.ids.values()} | set(CONTROLS.values())
    assert {f"SageMaker.{number}" for number in range(1, 26)} <= names


def test_a_name_is_of_one_rule() -> None:
    counted = Counter(name for rule in RULES for name in set(rule.ids.values()))
    assert [name for name, count in counted.items() if count > 1] == []


def test_the_pack_needs_no_cdk() -> None:
    program = (
        "import sys; sys.modules['aws_cdk'] = sys.modules['constructs'] = sys.modules['jsii'] = None;"
        "from sagemaker_constructs.policy import policy_rules; print(len(policy_rules()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) == len(RULES)


def test_the_page_is_current() -> None:
    written = (PROJECT / "docs" / "policy-rules.md").read_text(encoding="utf-8")
    assert written == page(), "Run: make schema"
