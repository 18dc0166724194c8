"""Whether those who deploy may do what the templates need, by simulation of their policies."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sagemaker_constructs.core.templates.handler_permissions import handler_actions
from sagemaker_constructs.doctor.account import Account, NotSeen, NotThere
from sagemaker_constructs.doctor.check import Check, CheckResult
from sagemaker_constructs.doctor.checks.bootstrap import bootstrap_command
from sagemaker_constructs.doctor.planned_deployment import DEFAULT_QUALIFIER, PlannedDeployment, known_text

_ACTIONS_AT_A_TIME = 100
_SHOWN = 8
_TAKING_AWAY = ("iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary")
_PLACES = {
    "Role": "role",
    "User": "user",
    "Group": "group",
    "InstanceProfile": "instance-profile",
    "Policy": "policy",
}


class PermissionCheck(Check):
    """The credentials may become the bootstrap's roles, and its execution role may do what resources take.

    What a type takes is what its own schema says, and the simulation leaves out policies of an organization and those
    of resources. What it denies fails; what it allows may still.

    See https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """

    title = "Permissions"
    place = 10

    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row."""
        yield self._becoming(planned, account)
        roles = {
            str(stack.artifact["cloudFormationExecutionRoleArn"])
            for stack in planned.deployed
            if stack.artifact.get("cloudFormationExecutionRoleArn")
        }
        for written in sorted(roles):
            yield from self._executing(planned, account, account.written(written))

    def _becoming(self, planned: PlannedDeployment, account: Account) -> CheckResult:
        subject = "roles of the bootstrap"
        roles = sorted(
            {
                account.written(str(written))
                for stack in planned.deployed
                for written in (
                    stack.artifact.get("assumeRoleArn"),
                    *(
                        each.get("assumeRoleArn")
                        for asset in (*stack.files.values(), *stack.images.values())
                        for each in asset.get("destinations", {}).values()
                    ),
                )
                if written
            }
        )
        try:
            principal = account.principal
            if principal.endswith(":root"):
                raise NotSeen("nothing can be simulated of the root user")
            denied = [
                role
                for role, decisions in zip(
                    roles,
                    account.each(roles, lambda role: _decisions(account, principal, ["sts:AssumeRole"], role)),
                    strict=True,
                )
                if decisions
            ]
        except (NotSeen, NotThere) as error:
            return self.unseen(account, subject, error)
        if not denied:
            return self.fine(account, subject, f"{principal} may assume all {len(roles)}")
        names = ", ".join(each.rpartition("/")[2] for each in denied)
        words = f"{principal} may not assume {names}"
        return self.wrong(account, subject, words, _allow(principal, account, planned.qualifier))

    def _executing(self, planned: PlannedDeployment, account: Account, role: str) -> Iterator[CheckResult]:
        subject = role.rpartition("/")[2]
        needed = defaultdict[str, set[str]](set)
        for each in planned.landscape:
            for action in handler_actions(each.type) or ():
                needed[action].add(each.type)
        boundary = _boundary(planned, account)
        if boundary:
            # Whoever may take boundaries away is limited by none. CloudFormation does so when a role loses its own.
            for action in _TAKING_AWAY:
                needed.pop(action, None)
        actions = sorted(needed)
        stack = next((each.name for each in planned.deployed), "")
        by_resource = defaultdict[str, list[str]](list)
        for action in actions:
            by_resource[account.written(_resource(action, stack))].append(action)
        parts = [
            (some[start : start + _ACTIONS_AT_A_TIME], resource)
            for resource, some in by_resource.items()
            for start in range(0, len(some), _ACTIONS_AT_A_TIME)
        ]
        try:
            denied = [
                action
                for found in account.each(parts, lambda part: _decisions(account, role, *part, boundary=boundary))
                for action in found
            ]
        except (NotSeen, NotThere) as error:
            yield self.unseen(account, subject, f"{len(actions)} actions: {error}")
            return
        if not denied:
            yield self.fine(account, subject, f"may make the {len(actions)} calls that the types of resources take")
            return
        types = sorted({kind for action in denied for kind in needed[action]})
        more = f" and {len(denied) - _SHOWN} more" if len(denied) > _SHOWN else ""
        words = f"may not make {', '.join(denied[:_SHOWN])}{more}, which {', '.join(types[:_SHOWN])} take"
        yield self.wrong(account, subject, words, _widened(planned, account))


def _decisions(
    account: Account, principal: str, actions: Sequence[str], resource: str, *, boundary: str = ""
) -> Sequence[str]:
    """Which of ``actions`` are denied, of roles that are made with ``boundary``."""
    context = {
        "ContextKeyName": "iam:PermissionsBoundary",
        "ContextKeyType": "string",
        "ContextKeyValues": [boundary],
    }
    results = account.every(
        "iam",
        "SimulatePrincipalPolicy",
        "EvaluationResults",
        PolicySourceArn=principal,
        ActionNames=list(actions),
        ResourceArns=[resource],
        ContextEntries=[context] if boundary else [],
    )
    return [each["EvalActionName"] for each in results if each["EvalDecision"] != "allowed"]


def _resource(action: str, stack: str) -> str:
    """What an action is on, where policies are likely to name it: what CloudFormation calls as the stack."""
    service, _, verb = action.partition(":")
    if action == "lambda:InvokeFunction":
        return "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + f"{stack}-Function"
    if service != "iam":
        return "*"
    account = "arn:${AWS::Partition}:iam::${AWS::AccountId}"
    if verb == "CreateServiceLinkedRole":
        return f"{account}:role/aws-service-role/sagemaker.amazonaws.com/AWSServiceRoleForAmazonSageMaker"
    if "OpenID" in verb:
        return f"{account}:oidc-provider/issuer"
    kind = next((each for each in ("Role", "User", "Group", "InstanceProfile") if each in verb), "Policy")
    return f"{account}:{_PLACES[kind]}/{stack}-{kind}"


def _boundary(planned: PlannedDeployment, account: Account) -> str:
    """The permissions boundary that the templates give to roles; empty where one has none."""
    found = {known_text(each.value("PermissionsBoundary"), account) for each in planned.of_type("AWS::IAM::Role")}
    return found.pop() if len(found) == 1 else ""


def _allow(principal: str, account: Account, qualifier: str) -> str:
    """The command that lets a user or role become the bootstrap's roles."""
    resource = account.written(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/cdk-{qualifier}-*")
    document: Mapping[str, object] = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource}],
    }
    kind, _, name = principal.rpartition(":")[2].partition("/")
    name = name.rpartition("/")[2]
    written = json.dumps(document, separators=(",", ":"))
    return f"aws iam put-{kind}-policy --{kind}-name {name} --policy-name cdk-deploys --policy-document '{written}'"


def _widened(planned: PlannedDeployment, account: Account) -> str:
    if planned.qualifier != DEFAULT_QUALIFIER:
        return f"python -m sagemaker_constructs.delivery bootstrap {planned.assembly} --qualifier {planned.qualifier}"
    policy = f"arn:{account.partition}:iam::aws:policy/AdministratorAccess"
    return f"{bootstrap_command(planned, account)} --cloudformation-execution-policies {policy}"
