"""What a model labels, what people are asked about, and how far the model is right."""

import pytest

from lambdas.labeling.active import Audit, Proposal, Rules, choose, threshold

RULES = Rules(batch=2, most_asked=100, target_error=0.1, audit_percent=20)


def _proposals(count: int, *, unsure: int = 0) -> dict[str, Proposal]:
    return {f"{number:03}": Proposal("cat", 0.5 if number < unsure else 0.9) for number in range(count)}


@pytest.mark.parametrize(
    ("pairs", "target", "expected"),
    [
        ([], 0.1, None),
        ([(0.9, True)] * 8, 0.1, None),
        ([(0.9, True)] * 9, 0.1, 0.9),
        ([(0.9, True)] * 9 + [(0.8, True)], 0.1, 0.8),
        ([(0.9, True)] * 9 + [(0.8, False)], 0.1, 0.9),
        ([(0.9, True)] * 20 + [(0.8, False)] + [(0.7, True)], 0.1, 0.7),
        ([(0.9, True)] * 30 + [(0.9, False)] * 30, 0.1, None),
    ],
)
def test_the_threshold_is_the_least_from_which_on_few_are_wrong(
    pairs: list[tuple[float, bool]], target: float, expected: float | None
) -> None:
    assert threshold(pairs, target) == expected


def test_the_model_labels_what_it_is_sure_of_and_people_the_rest() -> None:
    said = _proposals(50, unsure=10)
    human = {f"{number:03}": "cat" for number in range(20, 30)}
    chosen = choose(list(said), human, said, {}, RULES)
    assert chosen.threshold == 0.9
    assert chosen.ask == ["000", "001"]
    assert len(chosen.audit) == 6
    assert set(chosen.audit) <= {each for each, proposal in said.items() if proposal.confidence == 0.9}
    assert len(chosen.machine) == 50 - 10 - 10 - 6
    assert not set(chosen.machine) & {*chosen.audit, *chosen.ask, *human}
    assert choose(list(said), human, said, {}, RULES) == chosen


def test_an_audit_that_is_done_is_not_asked_for_again_and_ends_the_rounds() -> None:
    said = _proposals(50)
    human = {f"{number:03}": "cat" for number in range(20)}
    audited = {f"{number:03}": "cat" for number in range(10, 16)}
    chosen = choose(list(said), human, said, audited, RULES)
    assert (chosen.finished, list(chosen.ask), list(chosen.audit)) == ("nothing is uncertain", [], [])
    assert len(chosen.machine) == 30
    assert chosen.audited == Audit(6, 0)


def test_people_are_asked_no_more_than_the_budget_allows() -> None:
    said = _proposals(50, unsure=50)
    human = {f"{number:03}": "cat" for number in range(20)}
    rules = Rules(batch=10, most_asked=25, target_error=0.001, audit_percent=20)
    assert len(choose(list(said), human, said, {}, rules).ask) == 5
    rules = Rules(batch=10, most_asked=20, target_error=0.001, audit_percent=20)
    chosen = choose(list(said), human, said, {}, rules)
    assert (chosen.finished, list(chosen.machine)) == ("the budget is used up", [])


@pytest.mark.parametrize(
    ("wrong", "of", "at_most"),
    [(0, 0, 1.0), (0, 59, 0.0495), (1, 20, 0.2161), (20, 20, 1.0)],
)
def test_the_most_that_is_wrong_is_that_of_clopper_and_pearson(wrong: int, of: int, at_most: float) -> None:
    assert Audit(of, wrong).at_most == pytest.approx(at_most, abs=2e-4)
    assert Audit(of, wrong).error == (wrong / of if of else None)
