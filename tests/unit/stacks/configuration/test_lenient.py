"""Reading a file with mistakes: what is right stays, what is wrong becomes something that no rule judges."""

from typing import Any

from sagemaker_constructs.core.problems import is_token
from stacks.configuration.lenient import as_far_as_it_goes
from stacks.configuration.rules import key_path
from stacks.serving.real_time.settings import RealTimeSettings

VARIANT: dict[str, Any] = {"instance_type": "ml.c7i.large", "instances": {"minimum": 1, "maximum": 2}}


def test_a_right_file_is_read_as_validation_reads_it() -> None:
    content = {"variants": (VARIANT,), "rollout": {"mode": "canary"}, "capture": {"percent": 5}}
    assert as_far_as_it_goes(RealTimeSettings, content, ()) == RealTimeSettings.model_validate(content)


def test_what_is_wrong_is_a_token_beside_what_is_right() -> None:
    content = {"variants": ({**VARIANT, "weight": "much"}, 5), "rollout": {"mode": "canry"}}
    wrong = {("variants", 0, "weight"), ("variants", 1), ("rollout", "mode")}
    found: Any = as_far_as_it_goes(RealTimeSettings, content, wrong)
    first, second = found.variants
    assert (first.instance_type, first.instances.maximum) == ("ml.c7i.large", 2)
    assert all(is_token(value) for value in (first.weight, second.name, second.instances.minimum, found.rollout.mode))


def test_the_path_of_a_problem_is_one_of_the_file() -> None:
    assert key_path("variants[1].instances.maximum") == ("variants", 1, "instances", "maximum")
    assert key_path("") == ()
