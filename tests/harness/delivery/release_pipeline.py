"""A pipeline of CodePipeline that a test makes by calls, and what became of its executions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.aws_clients import ROLE, Clients, wait_for
from harness.delivery.pushed_repository import PushedRepository

Declared = dict[str, Any]


def action(category: str, provider: str, name: str = "", **more: Any) -> Declared:
    """An action, as CreatePipeline takes it."""
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name or provider, "actionTypeId": kind, **more}


def build(
    project: str, name: str = "", *, reads: str = "Source", writes: Sequence[str] = (), **more: Any
) -> Declared:
    """An action that runs a build."""
    return action(
        "Build",
        "CodeBuild",
        name or project,
        configuration={"ProjectName": project, **more.pop("configuration", {})},
        inputArtifacts=[{"name": reads}],
        outputArtifacts=[{"name": each} for each in writes],
        **more,
    )


class Releases:
    """Makes projects and pipelines whose source is ``repository``."""

    def __init__(self, client: Clients, repository: PushedRepository, bucket: str) -> None:
        self.codepipeline = client("codepipeline")
        self.codebuild = client("codebuild")
        self._bucket = bucket
        self._repository = repository
        connections = client("codeconnections")
        made = connections.create_connection(ConnectionName="ours", ProviderType="GitHub")
        self.connection_arn: str = made["ConnectionArn"]
        client("s3").create_bucket(Bucket=bucket)

    def project(self, name: str, commands: Sequence[str], *, source: str = "CODEPIPELINE", **spec: Any) -> str:
        """A project that runs commands; `spec` are more members of its buildspec."""
        phases = spec.pop("phases", {"build": {"commands": list(commands)}})
        self.codebuild.create_project(
            name=name,
            source={"type": source, "buildspec": json.dumps({"version": "0.2", "phases": phases, **spec})},
            artifacts={"type": source if source == "CODEPIPELINE" else "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
            serviceRole=ROLE,
        )
        return name

    def source(self) -> Declared:
        """The first stage."""
        settings = {
            "ConnectionArn": self.connection_arn,
            "FullRepositoryId": self._repository.name,
            "BranchName": "main",
        }
        one = action(
            "Source",
            "CodeStarSourceConnection",
            "Source",
            configuration=settings,
            outputArtifacts=[{"name": "Source"}],
            namespace="Source",
        )
        return {"name": "Source", "actions": [one]}

    def declare(self, name: str, *stages: Declared, **more: Any) -> Declared:
        """A pipeline with these stages after its source."""
        return {
            "name": name,
            "roleArn": ROLE,
            "artifactStore": {"type": "S3", "location": self._bucket},
            "pipelineType": "V2",
            "stages": [self.source(), *stages],
            **more,
        }

    def make(self, name: str, *stages: Declared, **more: Any) -> str:
        """Make it; the identifier of the execution that its creation begins."""
        self.codepipeline.create_pipeline(pipeline=self.declare(name, *stages, **more))
        return self.executions(name)[0]["pipelineExecutionId"]

    def executions(self, name: str) -> list[Declared]:
        """The newest first."""
        return self.codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]

    def ended(self, name: str, identifier: str, *, seconds: float = 60) -> Declared:
        """An execution, once it has ended."""
        return wait_for(
            lambda: self.codepipeline.get_pipeline_execution(pipelineName=name, pipelineExecutionId=identifier)[
                "pipelineExecution"
            ],
            lambda found: found["status"] not in ("InProgress", "Stopping"),
            seconds,
        )

    def next_one(self, name: str, count: int, *, seconds: float = 60) -> Declared:
        """The newest execution, once there are so many."""
        return wait_for(lambda: self.executions(name), lambda found: len(found) >= count, seconds)[0]

    def stage(self, name: str, stage: str) -> Declared:
        """State of a stage."""
        states = self.codepipeline.get_pipeline_state(name=name)["stageStates"]
        [found] = [each for each in states if each["stageName"] == stage]
        return found

    def waits_for_approval(self, name: str, stage: str, *, seconds: float = 60) -> str:
        """The token of an approval, once it waits."""

        def token() -> str:
            [only] = self.stage(name, stage)["actionStates"]
            return only.get("latestExecution", {}).get("token", "")

        return wait_for(token, bool, seconds)

    def answer(self, name: str, stage: str, token: str, status: str = "Approved") -> None:
        """Approve or reject."""
        action_name = self.stage(name, stage)["actionStates"][0]["actionName"]
        self.codepipeline.put_approval_result(
            pipelineName=name,
            stageName=stage,
            actionName=action_name,
            result={"summary": "seen", "status": status},
            token=token,
        )

    def log_of(self, client: Clients, build_id: str) -> str:
        """What a build has said."""
        [found] = self.codebuild.batch_get_builds(ids=[build_id])["builds"]
        request: Mapping[str, str] = {
            "logGroupName": found["logs"]["groupName"],
            "logStreamName": found["logs"]["streamName"],
        }
        events = client("logs").get_log_events(**request, startFromHead=True)["events"]
        return "\n".join(each["message"] for each in events)
