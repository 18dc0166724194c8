"""What is said of the objects of a bucket."""

from typing import cast

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_constructs.storage.object_access import let_browsers_read


def test_browsers_read_beside_the_rules_that_a_bucket_has(stack: Stack) -> None:
    uploads = s3.CorsRule(allowed_methods=[s3.HttpMethods.PUT], allowed_origins=["https://app.example.com"])
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Images", cors=[uploads]))
    for _ in range(2):
        let_browsers_read(bucket)
    [made] = Template.from_stack(stack).find_resources("AWS::S3::Bucket").values()
    assert made["Properties"]["CorsConfiguration"]["CorsRules"] == [
        {"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://app.example.com"]},
        {
            "AllowedMethods": ["GET"],
            "AllowedOrigins": ["*"],
            "ExposedHeaders": ["Access-Control-Allow-Origin"],
        },
    ]


def test_a_bucket_of_elsewhere_is_left_alone(stack: Stack) -> None:
    let_browsers_read(s3.Bucket.from_bucket_name(stack, "Images", "example-images"))
    assert not Template.from_stack(stack).find_resources("AWS::S3::Bucket")
