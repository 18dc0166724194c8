"""The page on batch transform: what a reader would copy synthesizes."""

import aws_cdk as cdk
from aws_cdk.assertions import Template

from harness.documents import PROJECT, blocks


def test_the_example_runs_at_deployment_by_the_clock_and_on_new_data(stack: cdk.Stack) -> None:
    [block] = blocks(PROJECT / "docs" / "batch-transform.md", "python")
    exec(compile(block.body, block.place, "exec"), {"self": stack, "__name__": "documented"})
    template = Template.from_stack(stack)
    for type_ in ("Custom::SageMakerTransformJob", "AWS::Scheduler::Schedule"):
        template.resource_count_is(type_, 1)
    # New data, and failures.
    template.resource_count_is("AWS::Events::Rule", 2)
