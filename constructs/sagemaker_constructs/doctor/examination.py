"""All checks of an app, side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sagemaker_constructs.doctor.account import Account, NotSeen, NotThere
from sagemaker_constructs.doctor.check import Check, CheckResult, checks
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment

_CHECKS_AT_A_TIME = 6


def examine(assembly: Path, account: Account, *, opted_in: Collection[str] = ()) -> Sequence[CheckResult]:
    """What every check finds of the app in ``assembly``, in the regions that its stacks go to.

    Nothing is changed in the account, unless ``opted_in`` names a check that does (``Change sets``). A check that
    fails becomes a row of its own, and hides no other.

    Raises ``FileNotFoundError`` for a folder that ``cdk synth`` has not written.
    """
    planned = PlannedDeployment.read(assembly)
    looks = [
        (check, each, account.in_region(each.region or account.region))
        for check in checks()
        for number, each in enumerate(planned)
        if not (check.once and number) and (not check.opt_in or check.title in opted_in)
    ]
    with ThreadPoolExecutor(_CHECKS_AT_A_TIME) as pool:
        pending = [pool.submit(_rows, *each) for each in looks]
    return [row for each in pending for row in each.result()]


def _rows(check: Check, planned: PlannedDeployment, account: Account) -> Sequence[CheckResult]:
    return list(_looked(check, planned, account))


def _looked(check: Check, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
    rows = 0
    try:
        for row in check.look(planned, account):
            rows += 1
            yield row
        return
    except (NotSeen, NotThere) as error:
        why = str(error)
    except Exception as error:
        why = f"the check itself failed: {type(error).__name__}: {error}"
    yield check.unseen(account, "the rest" if rows else "all of it", why)
