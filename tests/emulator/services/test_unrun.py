"""What does not run here fails or is refused, and says why."""

from typing import Any

import pytest

from harness.aws_clients import ROLE, Clients, refused, wait_for
from harness.deployed_stack import Stack, resource, template
from harness.rules import rule_cases
from sagemaker_constructs.core.rules.catalogue import rules

STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/nightly"
UNDELIVERED = "The emulator delivers no events to kinesis, only to batch, events, lambda, sns, sqs, states."


def glue_run(client: Clients, name: str, command: str, script: str) -> Any:
    glue = client("glue")
    glue.create_job(Name=name, Role=ROLE, Command={"Name": command, "ScriptLocation": script})
    run = glue.start_job_run(JobName=name)["JobRunId"]
    return wait_for(
        lambda: glue.get_job_run(JobName=name, RunId=run)["JobRun"],
        lambda found: found["JobRunState"] not in ("STARTING", "RUNNING"),
    )


def test_glue_runs_python_and_says_what_it_does_not_run(client: Clients) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="scripts")
    s3.put_object(Bucket="scripts", Key="job.py", Body=b"print(1)")
    assert glue_run(client, "python", "pythonshell", "s3://scripts/job.py")["JobRunState"] == "SUCCEEDED"
    for command in ("gluestreaming", "glueray"):
        run = glue_run(client, command, command, "s3://scripts/job.py")
        assert run["JobRunState"] == "FAILED"
        assert f"does not run {command} jobs" in run["ErrorMessage"]
    run = glue_run(client, "lost", "pythonshell", "s3://scripts/no-such.py")
    assert (run["JobRunState"], "no-such.py was not found" in run["ErrorMessage"]) == ("FAILED", True)


def test_glue_makes_no_iceberg_table_without_metadata(client: Clients) -> None:
    glue = client("glue")
    glue.create_database(DatabaseInput={"Name": "half"})
    given = {
        "DatabaseName": "half",
        "TableInput": {
            "Name": "ice",
            "StorageDescriptor": {"Location": "s3://half/ice", "Columns": [{"Name": "x", "Type": "int"}]},
        },
        "OpenTableFormatInput": {"IcebergInput": {"MetadataOperation": "CREATE", "Version": "2"}},
    }
    reason = "The emulator makes Iceberg tables by queries of Athena, and not by OpenTableFormatInput."
    assert refused(glue.create_table, **given) == ("InvalidInputException", reason)
    stack = Stack(client("cloudformation"), "half-iceberg")
    table = resource("Glue::Table", CatalogId="123456789012", **given)
    assert stack.create(Table=table) == "ROLLBACK_COMPLETE"
    assert any(reason in each for each in stack.reasons())


@pytest.mark.parametrize("name", ["flexible-jobs-have-small-workers", "flexible-jobs-run-spark"])
def test_a_job_is_refused_that_glue_refuses(client: Clients, name: str) -> None:
    glue, case = client("glue"), rule_cases()[name]
    code, message = refused(glue.create_job, **case.refused)
    assert (code, rules()[name].statement.rstrip(".") in message) == ("InvalidInputException", True)
    glue.create_job(**case.taken)
    changed = {member: value for member, value in case.refused.items() if member != "Name"}
    assert refused(glue.update_job, JobName=case.taken["Name"], JobUpdate=changed) == (code, message)
    glue.delete_job(JobName=case.taken["Name"])
    stack = Stack(client("cloudformation"), name)
    assert stack.create(Job=resource("Glue::Job", **case.refused)) == "ROLLBACK_COMPLETE"
    assert any(message in reason for reason in stack.reasons())


def test_ecs_tasks_are_refused(client: Clients) -> None:
    ecs = client("ecs")
    ecs.create_cluster(clusterName="cluster")
    container = {"name": "web", "image": "web", "memory": 128}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    wanted = {"cluster": "cluster", "taskDefinition": "web"}
    none = ("UnsupportedFeatureException", "The emulator runs no ECS tasks.")
    assert refused(ecs.run_task, **wanted) == none
    assert refused(ecs.create_service, serviceName="web", desiredCount=1, **wanted) == none
    ecs.create_service(serviceName="web", desiredCount=0, **wanted)
    assert refused(ecs.update_service, cluster="cluster", service="web", desiredCount=2) == none
    ecs.update_service(cluster="cluster", service="web", desiredCount=0)


def test_applications_of_emr_are_refused(client: Clients) -> None:
    application = resource("EMRServerless::Application", Type="Spark", ReleaseLabel="emr-7.14.0")
    code, message = refused(
        client("cloudformation").create_stack, StackName="emr", TemplateBody=template(Spark=application)
    )
    assert code == "ValidationError"
    assert message == "Template format error: Unrecognized resource types: [AWS::EMRServerless::Application]"


def test_events_are_not_taken_for_what_they_do_not_reach(client: Clients) -> None:
    events, scheduler = client("events"), client("scheduler")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    target = {"Id": "stream", "Arn": STREAM, "RoleArn": ROLE}
    assert refused(events.put_targets, Rule="nightly", Targets=[target]) == ("ValidationException", UNDELIVERED)
    assert events.list_targets_by_rule(Rule="nightly")["Targets"] == []
    events.put_targets(Rule="nightly", Targets=[{"Id": "q", "Arn": "arn:aws:sqs:us-east-1:123456789012:queue"}])
    schedule = {
        "Name": "nightly",
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": STREAM, "RoleArn": ROLE},
    }
    assert refused(scheduler.create_schedule, **schedule) == ("ValidationException", UNDELIVERED)
    own = "arn:aws:scheduler:::aws-sdk:sagemaker:createTransformJob"
    scheduler.create_schedule(**{**schedule, "Target": {"Arn": own, "RoleArn": ROLE, "Input": "{}"}})
    assert refused(scheduler.update_schedule, **schedule) == ("ValidationException", UNDELIVERED)


@pytest.mark.parametrize(
    "refused_",
    [
        resource("Events::Rule", ScheduleExpression="rate(1 day)", Targets=[{"Id": "p", "Arn": STREAM}]),
        resource(
            "Scheduler::Schedule",
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": STREAM, "RoleArn": ROLE},
        ),
    ],
    ids=["rule", "schedule"],
)
def test_a_stack_says_so_too(client: Clients, request: pytest.FixtureRequest, refused_: Any) -> None:
    stack = Stack(client("cloudformation"), f"undelivered-{request.node.callspec.id}")
    assert stack.create(Refused=refused_) == "ROLLBACK_COMPLETE"
    assert any(UNDELIVERED in reason for reason in stack.reasons())
