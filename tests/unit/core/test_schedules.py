from typing import Any

import pytest
from aws_cdk import Duration, Stack, TimeZone
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk.assertions import Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.schedules import schedule_problem, schedule_text
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.training.training_definition import TrainingDefinition

IMAGE = ModelImage.from_directory("tests/unit/image")
SAME: list[tuple[Any, str]] = [
    ("cron(0 3 * * ? *)", "cron(0 3 * * ? *)"),
    (events.Schedule.cron(minute="0", hour="3"), "cron(0 3 * * ? *)"),
    (scheduler.ScheduleExpression.cron(minute="0", hour="3"), "cron(0 3 * * ? *)"),
    (autoscaling.Schedule.cron(minute="0", hour="3"), "cron(0 3 * * ? *)"),
    (events.Schedule.rate(Duration.hours(1)), "rate(1 hour)"),
    (scheduler.ScheduleExpression.expression("at(2026-11-20T13:00:00)"), "at(2026-11-20T13:00:00)"),
]


@pytest.mark.parametrize(("schedule", "text"), SAME)
def test_text_and_objects_of_the_cdk_say_the_same(schedule: Any, text: str) -> None:
    assert schedule_text(schedule) == text
    assert schedule_problem("schedule", text) is None


@pytest.mark.parametrize("text", ["", "0 3 * * *", "cron()", "every day", "rate(1 day", "cron(0 3 * * ? *) "])
def test_other_text_is_refused(text: str) -> None:
    problem = schedule_problem("schedule", text)
    assert str(problem) == f"schedule must be cron(…), rate(…) or at(…), got: {text!r}"


@pytest.mark.parametrize(("schedule", "text"), SAME[:3])
def test_scaling_takes_both(stack: Stack, key: kms.IKey, schedule: Any, text: str) -> None:
    model = Model(stack, "Churn", image=IMAGE)
    endpoint = RealTimeEndpoint(
        stack, "Api", model=model, instance_type="ml.c7i.large", instances=InstanceRange(1, 3), encryption_key=key
    )
    endpoint.scale_on_schedule("Night", schedule=schedule, instances=InstanceRange(1, 2))
    [target] = Template.from_stack(stack).find_resources("AWS::ApplicationAutoScaling::ScalableTarget").values()
    [action] = target["Properties"]["ScheduledActions"]
    assert (action["Schedule"], action["Timezone"]) == (text, "UTC")


@pytest.mark.parametrize(("schedule", "text"), SAME[:3])
def test_jobs_take_both(stack: Stack, key: kms.IKey, bucket: s3.IBucket, schedule: Any, text: str) -> None:
    definition = TrainingDefinition(
        stack, "Training", image=IMAGE, output=bucket, encryption_key=key, instance_type="ml.m5.large"
    )
    definition.schedule("Nightly", schedule, timezone="Europe/Berlin")
    [made] = Template.from_stack(stack).find_resources("AWS::Scheduler::Schedule").values()
    said = made["Properties"]
    assert (said["ScheduleExpression"], said["ScheduleExpressionTimezone"]) == (text, "Europe/Berlin")
    with pytest.raises(InvalidInput, match=r"schedule must be cron\(…\), rate\(…\) or at\(…\), got: 'daily'"):
        definition.schedule("Daily", "daily")


def test_the_time_zone_of_a_schedule_object_counts(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    berlin = TimeZone.EUROPE_BERLIN
    schedule = scheduler.ScheduleExpression.cron(minute="0", hour="3", time_zone=berlin)
    definition = TrainingDefinition(
        stack, "Training", image=IMAGE, output=bucket, encryption_key=key, instance_type="ml.m5.large"
    )
    definition.schedule("Nightly", schedule)
    [made] = Template.from_stack(stack).find_resources("AWS::Scheduler::Schedule").values()
    assert made["Properties"]["ScheduleExpressionTimezone"] == "Europe/Berlin"
    other = r"timezone must be left out beside a schedule with a time zone .*\(Europe/Berlin\), got: 'Asia/Tokyo'"
    with pytest.raises(InvalidInput, match=other):
        definition.schedule("Other", schedule, timezone="Asia/Tokyo")


def test_scaling_heeds_the_time_zone_of_a_schedule_object(stack: Stack, key: kms.IKey) -> None:
    schedule = scheduler.ScheduleExpression.cron(minute="0", hour="3", time_zone=TimeZone.EUROPE_BERLIN)
    model = Model(stack, "Churn", image=IMAGE)
    endpoint = RealTimeEndpoint(stack, "Api", model=model, instance_type="ml.c7i.large", encryption_key=key)
    endpoint.scale_on_schedule("Night", schedule=schedule, instances=InstanceRange(1, 2))
    [target] = Template.from_stack(stack).find_resources("AWS::ApplicationAutoScaling::ScalableTarget").values()
    assert target["Properties"]["ScheduledActions"][0]["Timezone"] == "Europe/Berlin"
    with pytest.raises(InvalidInput, match="time_zone must be left out beside a schedule with"):
        endpoint.scale_on_schedule("Day", schedule=schedule, instances=InstanceRange(1), time_zone="Asia/Tokyo")
