"""What IAM says of policies without anybody acting: the simulation of a principal's permissions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any
from xml.sax.saxutils import escape

from emulator.coverage import Coverage
from emulator.ministack import hooks, stack_hooks

COVERAGE = (
    Coverage(
        "IAM, simulation of policies",
        real="SimulatePrincipalPolicy: the policies of users, of their groups and of roles, with their permissions "
        "boundaries and the given context, for each action on each resource",
        refused="simulation for the root user",
    ),
)

_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}


def add_simulation() -> None:
    """Have policies simulated for several resources, within boundaries and with a context, as MiniStack does not."""
    iam = hooks.module("ministack.services.iam")
    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = _simulate


def keep_boundaries() -> None:
    """Give roles of templates their permissions boundary, which MiniStack leaves out."""
    handlers = stack_hooks.resource_handlers("AWS::IAM::Role")
    create, update = handlers["create"], handlers["update"]

    def bound(name: str, properties: Mapping[str, Any]) -> None:
        role = hooks.module("ministack.services.iam")._roles.get(name)
        if role is not None:
            role["PermissionsBoundary"] = properties.get("PermissionsBoundary") or None

    def created(logical_id: str, properties: Mapping[str, Any], stack: str) -> Any:
        made = create(logical_id, properties, stack)
        bound(made[0], properties)
        return made

    def updated(physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], *where: str) -> Any:
        changed: Any = update(physical_id, old, new, *where)
        bound(physical_id, new)
        return changed

    handlers.update(create=created, update=updated)


def _simulate(request: Mapping[str, Any]) -> Any:
    iam = hooks.module("ministack.services.iam")
    arn = str(iam._p(request, "PolicySourceArn"))
    kind, _, path = arn.rpartition(":")[2].partition("/")
    name = path.rpartition("/")[2]
    if kind not in ("user", "role"):
        message = f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        return iam._error(400, "InvalidInput", message, ns="iam")
    store = iam._users if kind == "user" else iam._roles
    if store.get(name) is None:
        return iam._error(404, "NoSuchEntity", f"The {kind} with name {name} cannot be found.", ns="iam")
    results = "".join(
        _result(action, resource, _decision(arn, kind, name, action, resource, _context(request)))
        for action in _members(request, "ActionNames")
        for resource in _members(request, "ResourceArns") or ["*"]
    )
    body = f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
    return iam._xml(
        200,
        "SimulatePrincipalPolicyResponse",
        f"<SimulatePrincipalPolicyResult>{body}</SimulatePrincipalPolicyResult>",
        ns="iam",
    )


def _decision(arn: str, kind: str, name: str, action: str, resource: str, context: Mapping[str, Any]) -> str:
    evaluator = hooks.module("ministack.core.iam_evaluator")
    iam = hooks.module("ministack.services.iam")
    scope = hooks.current_scope()
    gather = evaluator._gather_user_policies if kind == "user" else evaluator._gather_role_policies
    store = iam._users if kind == "user" else iam._roles
    asked = evaluator.EvalContext(
        principal_arn=arn,
        principal_type="User" if kind == "user" else "AssumedRole",
        principal_account=scope.account,
        action=action,
        resource_arn=resource,
        region=scope.region,
        service_context=dict(context),
    )
    policies = gather(name, scope.account)
    limits = evaluator._permissions_boundary(store, name, scope.account)
    return _DECISIONS[evaluator.evaluate(asked, policies, *limits).decision]


def _context(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The context by its keys, in small letters, as the evaluator has them."""
    iam = hooks.module("ministack.services.iam")
    found: dict[str, Any] = {}
    for number in count(1):
        prefix = f"ContextEntries.member.{number}"
        key = str(iam._p(request, f"{prefix}.ContextKeyName"))
        if not key:
            return found
        values = _members(request, f"{prefix}.ContextKeyValues")
        found[key.lower()] = values[0] if len(values) == 1 else values
    return found


def _members(request: Mapping[str, Any], name: str) -> Sequence[str]:
    return list(_listed(request, name))


def _listed(request: Mapping[str, Any], name: str) -> Iterator[str]:
    iam = hooks.module("ministack.services.iam")
    for number in count(1):
        value = str(iam._p(request, f"{name}.member.{number}"))
        if not value:
            return
        yield value


def _result(action: str, resource: str, decision: str) -> str:
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(resource)}</EvalResourceName><EvalDecision>{decision}</EvalDecision>"
        "<MatchedStatements></MatchedStatements><MissingContextValues></MissingContextValues></member>"
    )
