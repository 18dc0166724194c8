"""A start for each push to a branch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sagemaker_constructs.core.places import Location
from sagemaker_constructs.pipelines.triggers.event_trigger import EventTriggerBase


@dataclass(frozen=True)
class PushTrigger(EventTriggerBase):
    """Starts a pipeline when ``branch`` of the CodeCommit repository ``repository`` (its name) gets another commit.

    ``EventText("{detail.commitId}")`` is the commit. The same commit starts the pipeline once in thirty days, also
    after another one in between. CodeConnections sends no events of pushes: for GitHub, GitLab and Bitbucket have
    their own workflow send one, and take it with ``EventTrigger``.

    Provisions: one ``AWS::Events::Rule``.

    See https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
    """

    repository: str
    branch: str = "main"

    @property
    def identity(self) -> Sequence[str]:
        """The commit on its branch."""
        return ("detail.repositoryName", "detail.referenceName", "detail.commitId")

    def event_pattern(self, location: Location) -> Mapping[str, object]:
        """Commits on this branch."""
        return {
            "source": ["aws.codecommit"],
            "detail-type": ["CodeCommit Repository State Change"],
            "resources": [location.arn("codecommit", self.repository)],
            "detail": {
                "event": ["referenceCreated", "referenceUpdated"],
                "referenceType": ["branch"],
                "referenceName": [self.branch],
            },
        }
