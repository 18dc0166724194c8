"""Whose bucket a model is loaded from."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.rules.models.images_are_pinned import containers_in

_LITERAL = re.compile(r"s3://(?P<bucket>[a-z0-9.-]+)(/|$)")


class ModelDataIsOfThisAccount(PolicyRule):
    """A model is loaded from a bucket of the app, or one whose name has the account in it.

    Who owns a bucket of another name is not known here: whoever takes a name that is given up serves their own model.
    Ask for the rule where all models are your own.
    """

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Model": "model-data-is-of-this-account"}
    page = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html"
    fix = "Refer to the bucket, or put the account's ID in its name."
    opt_in = True
    compliant: ClassVar[Resources] = {
        "Model": resource(
            "AWS::SageMaker::Model",
            {"PrimaryContainer": {"ModelDataUrl": {"Fn::Sub": "s3://models-${AWS::AccountId}/churn.tar.gz"}}},
        )
    }
    broken: ClassVar[Resources] = {
        "Model": resource("AWS::SageMaker::Model", {"PrimaryContainer": {"ModelDataUrl": "s3://models/churn.tar.gz"}})
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The bucket of each container's model."""
        own = {each.text("BucketName") for each in subject.landscape.of_type("AWS::S3::Bucket")}
        for path, container in containers_in(subject):
            source = container.get("ModelDataSource", {}).get("S3DataSource", {}).get("S3Uri")
            name = "ModelDataSource.S3DataSource.S3Uri" if source else "ModelDataUrl"
            found = _LITERAL.match(str(source or container.get("ModelDataUrl", "")))
            if found and found["bucket"] not in own and not re.search(r"\d{12}", found["bucket"]):
                yield f"{path}.{name}", found["bucket"]
