"""Answers of an endpoint that it is not sure of, shown to people."""

from collections.abc import Iterator

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.problems import Problem, in_range, matches, reject
from sagemaker_constructs.labeling.label_studio_project import LabelStudioProject
from sagemaker_constructs.labeling.review.human_review_flow import HumanReviewFlow
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.storage.object_access import bucket_facts, grant_write_objects

_FUNCTION_SECONDS = 90


class LowConfidenceReview(BaseConstruct):
    """A function that asks ``endpoint``, and shows people what its answer was not sure of.

    It is called instead of the endpoint, with ``{"body": …, "contentType": …}`` (``isBase64Encoded`` for what is no
    text), and answers with the endpoint's own ``body`` and ``contentType``, the ``confidence``, and ``review``: the
    ARN of the human loop or the URL of the object, None where the answer was sure enough. ``confidence`` is where an
    answer in JSON has a number or a list of them, such as ``predictions.0.probabilities``; the highest counts. Below
    ``below``, or where there is no number, people are asked. What cannot be handed to them is in ``reviewFailure``,
    and in the log: the answer of the endpoint comes all the same.

    ``to`` is a ``HumanReviewFlow`` of Amazon A2I, whose page gets ``task.input.taskObject``, ``answer`` and
    ``confidence``, or a ``LabelStudioProject`` with ``follow``. What was asked becomes an object below its prefix,
    with the ending ``suffix``; the same content is reviewed once.

    Provisions: a function with role and logs.
    Raises ``InvalidInput`` for a confidence out of 0 to 1, and for a project that does not follow its bucket.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/a2i-start-human-loop.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint: EndpointBase,
        confidence: str,
        below: float,
        to: HumanReviewFlow | LabelStudioProject,
        suffix: str = ".png",
    ) -> None:
        super().__init__(scope, id)
        reject(
            self,
            [
                in_range("below", below, 0, 1),
                matches("confidence", confidence, r"[^.\s]+(\.[^.\s]+)*", "names and numbers with dots between"),
                matches("suffix", suffix, r"\.[A-Za-z0-9]{1,10}", "an ending such as .png"),
                *_project_problems(to),
            ],
        )
        bucket, prefix = (to.objects, to.prefix) if isinstance(to, HumanReviewFlow) else _place(to)
        grants = Grants()
        grants.allow("sagemaker:InvokeEndpoint", on=endpoint.endpoint_arn)
        grant_write_objects(bucket, grants, f"{prefix}/*")
        if isinstance(to, HumanReviewFlow):
            grants.include(to.start_grants())
        function = LibraryFunction(
            self,
            "Function",
            code="review",
            handler="handler.review",
            description=f"Asks {endpoint.endpoint_name}, and people where it is not sure",
            timeout_seconds=_FUNCTION_SECONDS,
            run_time="It answers whoever may call it, and what it asks limits how often; it calls AWS's own API, and "
            "its environment names resources.",
            environment={
                "ENDPOINT": endpoint.endpoint_name,
                "CONFIDENCE": confidence,
                "BELOW": str(below),
                "BUCKET": bucket_facts(bucket).name,
                "PREFIX": prefix,
                "SUFFIX": suffix,
                **({"FLOW": to.arn} if isinstance(to, HumanReviewFlow) else {}),
            },
            grants=grants,
        )
        self.function_arn: str = function.arn

    def grant_invoke(self, role: iam.IRole) -> None:
        """Let ``role`` ask."""
        grants = Grants()
        grants.allow("lambda:InvokeFunction", on=self.function_arn)
        give(role, grants)


def _place(project: LabelStudioProject) -> tuple[s3.IBucket, str]:
    return project.input.bucket, project.input.prefix.strip("/")


def _project_problems(to: HumanReviewFlow | LabelStudioProject) -> Iterator[Problem]:
    if isinstance(to, LabelStudioProject) and (not to.follow or to.input.manifest):
        yield Problem("to", "must be a project that follows what arrives below a prefix, got: one that does not")
