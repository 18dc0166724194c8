"""A labeling task of your own."""

from dataclasses import dataclass

from aws_cdk import aws_lambda as lambda_


@dataclass(frozen=True)
class CustomTask:
    """What is before and after the work of people, in a task that none of AWS's built-in ones is.

    ``before`` gets each object and answers with the ``taskInput`` of the page; without it the page has the line of
    the manifest. ``after`` gets the answers of several objects and answers with the label of each; without it every
    answer is the label, and one worker is asked. ``reference`` says that labels point to objects of S3.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step3-lambda-requirements.html
    """

    before: lambda_.IFunction | None = None
    after: lambda_.IFunction | None = None
    reference: bool = False
