"""The field types of serving: each carries its rule and, in words, what it allows."""

from typing import Annotated

from pydantic import Field

from stacks.configuration.fields.kit import ApiText, api_enum, in_words, matching

HostingInstanceType = Annotated[str, api_enum("ProductionVariantInstanceType"), Field(title="hosting instance type")]
VariantName = Annotated[
    str,
    ApiText("VariantName"),
    Field(
        json_schema_extra=in_words("1 to 63 letters, digits and hyphens, starting and ending with a letter or digit")
    ),
]
TransformInstanceType = Annotated[str, api_enum("TransformInstanceType"), Field(title="transform instance type")]
Origin = Annotated[
    str,
    matching(r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$", "an origin such as https://app.example.com, without a path"),
]
UserPoolArn = Annotated[
    str,
    matching(
        r"^arn:[a-z-]+:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[A-Za-z0-9_-]+$",
        "the ARN of a user pool, such as arn:aws:cognito-idp:…:userpool/us-east-1_example",
    ),
]
JsonPath = Annotated[
    str, matching(r"^\$[^\s]*$", "a JSONPath of at most 63 characters that begins with $, such as $[1:]", most=63)
]
ScheduleExpression = Annotated[
    str, matching(r"^(cron|rate|at)\([^()]+\)$", "cron(…), rate(…) or at(…), such as cron(0 3 * * ? *)")
]
TimeZone = Annotated[
    str,
    matching(
        r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$",
        "the IANA name of a time zone, such as Europe/Berlin",
        most=50,
    ),
]
MediaType = Annotated[
    str,
    matching(
        r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*/[a-zA-Z0-9](-*[a-zA-Z0-9.])*$",
        "a media type such as text/csv, without parameters",
        most=256,
    ),
]
HostName = Annotated[
    str,
    ApiText("ContainerHostname"),
    Field(
        json_schema_extra=in_words("1 to 63 letters, digits and hyphens, starting and ending with a letter or digit")
    ),
]
ModelPackageArn = Annotated[
    str,
    matching(
        r"^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/[a-zA-Z0-9-]{1,63}(/[0-9]{1,9})?$",
        "the ARN of a model package, such as arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/3",
    ),
]
BucketName = Annotated[
    str,
    matching(
        r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        "the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens",
    ),
]
RepositoryName = Annotated[
    str, matching(r"^[a-z0-9]+([._/-][a-z0-9]+)*$", "the name of an ECR repository, such as models/churn", most=256)
]
ObjectKey = Annotated[
    str,
    matching(
        r"^[A-Za-z0-9!_.*'()-][A-Za-z0-9!_.*'()/-]*$", "the key of an object, such as batch/manifest.json", most=1024
    ),
]
