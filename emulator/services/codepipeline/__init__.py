"""CodePipeline: pipelines that a push starts, and that run their stages."""

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "CodePipeline",
        real="pipelines, versions; executions by a push that the triggers' branches and paths let through, by the"
        " pipeline's creation and by call; sources of CodeConnections, builds of CodeBuild, manual approvals (with"
        " their message to a topic); artifacts as archives in S3, namespaces and variables; actions side by side and"
        " one after the other; one execution in a stage at a time, superseded and queued ones; transitions;"
        " conditions with the rule CloudWatchAlarm, whose minutes are the emulator's; stages that fail and are"
        " retried, rolled back by themselves or by call; stop, events",
        recorded="roles, encryption keys, regions of actions",
        refused="other actions and rules: the action, or the condition, fails with the reason; the execution mode"
        " PARALLEL, webhooks, custom actions, triggers of tags and pull requests",
    ),
)
