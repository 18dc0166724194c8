"""Move the pointer as packages are approved and rejected, and have it deployed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lambdas.approval.ledger import Ledger, Live
from lambdas.approval.stacks import Stacks

APPROVED = "Approved"
BY_STACK = "deployed-by-stack"
"""The customer metadata of a package that its own stack deploys."""
_GONE = "does not exist"


class Api(Protocol):
    """Calls of a service."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...


@dataclass(frozen=True)
class FollowedApproval:
    """What is deployed where.

    ``pointer`` is the name of the SSM parameter with the ARN of the live package. ``stage`` is the stage of the
    package's life cycle whose approval counts; empty for the approval of the package itself. ``later`` are the stages
    after it: a package that is live here enters the first of them with the status ``promotion``, and one that has
    come so far stays live here. ``topic`` is told of every move, if there is one.
    """

    ledger: Ledger
    stacks: Stacks
    registry: Api
    parameters: Api
    topics: Api
    pointer: str
    stage: str = ""
    later: Sequence[str] = ()
    promotion: str = "PendingApproval"
    topic: str = ""

    def package_changed(self, arn: str) -> None:
        """Act on what the registry says of a package now, and not on what an event of it said.

        Events come twice, late and out of order: a package is acted on when its approval differs from the one that
        was acted on last, and an approval older than the one that is live moves nothing.
        """
        package = self._described(arn)
        live = self.ledger.live() or self._first(arn)
        status, seen = self._approval(package), self.ledger.seen(arn)
        changed = str(package.get("LastModifiedTime") or package.get("CreationTime") or "")
        if status == APPROVED and seen != APPROVED:
            live = self._approve(arn, package, live, changed)
        elif status != APPROVED and seen == APPROVED and live and live.package == arn:
            live = self._withdraw(arn, status, live, changed)
        elif status != seen:
            self.ledger.see(arn, status)
        if live and live.state == "deploying":
            self._deploy(live)

    def stack_changed(self, name: str, status: str) -> None:
        """Note that a deployment has ended; after a rollback, return to the last package that was good."""
        live = self.ledger.live()
        if live is None or live.state != "deploying" or name not in self.stacks.names:
            return
        if status == "UPDATE_ROLLBACK_COMPLETE" and self.stacks.started(name, _token(live)):
            self._return(live, self.stacks.reason(name, _token(live)))
        else:
            self._deploy(live)

    def _first(self, other_than: str) -> Live | None:
        """The package that the pointer was made with, before anything was approved."""
        package = str(self.parameters.call("get_parameter", Name=self.pointer)["Parameter"]["Value"])
        if package == other_than:
            return None
        seen = (package, self._approval(self._described(package)))
        return self.ledger.move(None, package, since="", action="deployed by its stack", seen=seen, state="deployed")

    def _approve(self, arn: str, package: Mapping[str, Any], live: Live | None, changed: str) -> Live | None:
        if _by_stack(package):
            # Its stack sets the pointer and is followed by the stacks that read it.
            return self.ledger.move(
                live, arn, since=changed, action="deployed by its stack", seen=(arn, APPROVED), state="deployed"
            )
        if live and changed <= live.since:
            self.ledger.see(arn, APPROVED)
            self._tell(f"{arn} was approved before {live.package}, which is live: it is not deployed")
            return live
        return self.ledger.move(live, arn, since=changed, action="approved", seen=(arn, APPROVED))

    def _withdraw(self, arn: str, status: str, live: Live, changed: str) -> Live:
        reason = f"{arn} is {status}"
        good = self._last_good(arn)
        if good is None:
            self.ledger.see(arn, status)
            self._tell(f"{reason}, and there is no approved package to return to: it stays live")
            return live
        return self.ledger.move(live, good, since=changed, action="returned", seen=(arn, status), reason=reason)

    def _return(self, live: Live, reason: str) -> None:
        """Let the pointer and the other stacks follow a stack that has returned by itself."""
        good = self._last_good(live.package)
        if good is None:
            self._tell(f"{live.package} could not be deployed, and there is no package to return to: {reason}")
            self.ledger.settle(live, "failed", reason)
            return
        self._tell(f"{live.package} could not be deployed, {good} is to be live again: {reason}")
        seen = (live.package, self._approval(self._described(live.package)))
        self._deploy(
            self.ledger.move(live, good, since=live.since, action="returned", seen=seen, reason=reason, failed=True)
        )

    def _deploy(self, live: Live) -> None:
        """Every step may run again after a crash: the parameter has one value, an update starts once by its token."""
        if self._approval(self._described(live.package)) != APPROVED:
            self._return(live, f"{live.package} is not approved any more")
            return
        self.parameters.call("put_parameter", Name=self.pointer, Value=live.package, Overwrite=True)
        for name in self.stacks.names:
            self.stacks.update(name, _token(live))
        self._settle(live)

    def _settle(self, live: Live) -> None:
        if all(self.stacks.takes(name, live.package) for name in self.stacks.names):
            self._promote(live)
            self._tell(f"{live.package} is live")
            self.ledger.settle(live, "deployed")

    def _promote(self, live: Live) -> None:
        """Let a package that was approved and is live enter the next stage, unless it has been there.

        One that is live again because another one has failed, or was sent back by people, stays where it is.
        """
        if not self.later or self.ledger.action(live) != "approved":
            return
        if _stage(self._described(live.package))[0] in self.later:
            return
        cycle = {"Stage": self.later[0], "StageStatus": self.promotion}
        self.registry.call("update_model_package", ModelPackageArn=live.package, ModelLifeCycle=cycle)
        self._tell(f"{live.package} enters the stage {self.later[0]}: {self.promotion}")

    def _last_good(self, other_than: str) -> str | None:
        found = dict.fromkeys(each for each in self.ledger.deployed() if each != other_than)
        return next((each for each in found if self._approval(self._described(each)) == APPROVED), None)

    def _described(self, arn: str) -> Mapping[str, Any]:
        """The package; of one that was deleted, nothing."""
        try:
            return self.registry.call("describe_model_package", ModelPackageName=arn)
        except Exception as error:
            if self.registry.code_of(error) in ("ValidationException", "ResourceNotFound") and _GONE in str(error):
                return {}
            raise

    def _approval(self, package: Mapping[str, Any]) -> str:
        approval = str(package.get("ModelApprovalStatus", "Deleted"))
        if not self.stage or approval != APPROVED or _by_stack(package):
            return approval
        stage, status = _stage(package)
        if stage in self.later:
            return APPROVED
        return status if stage == self.stage else "Elsewhere"

    def _tell(self, text: str) -> None:
        # The log is what a dashboard shows of deployments.
        print(text)
        if self.topic:
            self.topics.call("publish", TopicArn=self.topic, Subject="Model deployment", Message=text)


def _by_stack(package: Mapping[str, Any]) -> bool:
    """Whether the stack that has registered the package deploys it too, in whatever stages it has."""
    metadata: Mapping[str, str] = package.get("CustomerMetadataProperties") or {}
    return bool(metadata.get(BY_STACK))


def _stage(package: Mapping[str, Any]) -> tuple[str, str]:
    """Stage and status of the package's life cycle; empty ones where it has none."""
    cycle: Mapping[str, str] = package.get("ModelLifeCycle") or {}
    return cycle.get("Stage", ""), cycle.get("StageStatus", "")


def _token(live: Live) -> str:
    return f"approval-{live.number}"
