"""Failed transform jobs are told of."""

from typing import cast

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from harness.policies import statements
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.transform.batch_transform import BatchTransform
from sagemaker_constructs.serving.transform.transform_input import TransformInput
from sagemaker_constructs.serving.transform.transform_output import TransformOutput


def test_a_failed_job_is_told_to_the_topic(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    scoring = BatchTransform(
        stack,
        "Scoring",
        model=Model(stack, "Model", image=ModelImage.from_directory("tests/unit/image")),
        input=TransformInput(bucket, "in"),
        output=TransformOutput(bucket, "out"),
        encryption_key=key,
        instance_type="ml.m5.large",
    )
    topic = sns.Topic(stack, "Alarms", master_key=key)
    scoring.on_failure("Failures", topic=cast(sns.ITopic, topic))
    template = Template.from_stack(stack)
    [model] = template.find_resources("AWS::SageMaker::Model")
    template.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Transform Job State Change"],
                "detail": {
                    "TransformJobStatus": ["Failed"],
                    "ModelName": [{"Fn::GetAtt": [model, "ModelName"]}],
                },
            },
            "Targets": [Match.object_like({"Arn": stack.resolve(topic.topic_arn), "RoleArn": Match.any_value()})],
        },
    )
    assert statements(stack, "ScoringFailures") == [
        {"Action": "sns:Publish", "Effect": "Allow", "Resource": stack.resolve(topic.topic_arn)},
        {
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Effect": "Allow",
            "Resource": stack.resolve(key.key_arn),
        },
    ]
