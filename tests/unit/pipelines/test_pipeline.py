"""A pipeline in a template: its definition, its role, and what the roles of its jobs may read."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match, Template

from harness.policies import allowed, statements
from harness.rules.pipelines import definition, processing, train
from harness.workflow import Workflow
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.pipelines import (
    Cache,
    ConditionStep,
    Dependency,
    FailStep,
    FloatParameter,
    IntegerParameter,
    ModelStep,
    Pipeline,
    ProcessingStep,
    PropertyFile,
    RegisterModelStep,
    Step,
    TrainingStep,
    TransformStep,
    join,
)


@pytest.fixture
def workflow(stack: cdk.Stack) -> Workflow:
    return Workflow.of(stack)


def _resource(stack: cdk.Stack) -> Mapping[str, Any]:
    [found] = Template.from_stack(stack).find_resources("AWS::SageMaker::Pipeline").values()
    return found["Properties"]


def _body(stack: cdk.Stack) -> dict[str, Any]:
    """The definition in the template, with the name of its value in the place of each token."""
    body: Any = _resource(stack)["PipelineDefinition"]["PipelineDefinitionBody"]
    return json.loads(body if isinstance(body, str) else body["Fn::Sub"][0])


def _churn(workflow: Workflow) -> Pipeline:
    rounds = IntegerParameter("Rounds", 200)
    limit = FloatParameter("MinimumAuc", 0.9)
    report = PropertyFile("report", "report", "evaluation.json")
    prepare = ProcessingStep("Prepare", workflow.preprocessing)
    train = TrainingStep(
        "Train",
        workflow.training,
        channels={"train": prepare.output("train")},
        hyperparameters={"num_iterations": rounds, "seed": 7},
        cache=Cache(days=7),
        changes={"ResourceConfig": {"InstanceCount": 2}},
    )
    model = train.properties.ModelArtifacts.S3ModelArtifacts
    evaluate = ProcessingStep("Evaluate", workflow.preprocessing, inputs={"model": model}, property_files=(report,))
    good = ConditionStep(
        "Good",
        [evaluate.property_file("report").at("metrics.auc.value") >= limit],
        then=[RegisterModelStep("Register", "churn", workflow.model, artifact=model)],
        otherwise=[FailStep("TooWeak", message=join("AUC below ", limit))],
    )
    return Pipeline(workflow.stack, "Churn", parameters=[rounds, limit], steps=[prepare, train, evaluate, good])


def test_the_definition_is_what_aws_documents(workflow: Workflow) -> None:
    _churn(workflow)
    body = _body(workflow.stack)
    assert body["Version"] == "2020-12-01"
    assert body["Parameters"][0] == {"Name": "Rounds", "Type": "Integer", "DefaultValue": 200}
    prepare, train, _, good = body["Steps"]
    outputs = prepare["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    assert outputs[0]["S3Output"]["S3Uri"] == {
        "Std:Join": {"On": "/", "Values": ["s3://data/train", {"Get": "Execution.PipelineExecutionId"}, "Prepare"]}
    }
    arguments = train["Arguments"]
    [channel] = arguments["InputDataConfig"]
    assert channel["DataSource"]["S3DataSource"]["S3Uri"] == {
        "Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"
    }
    assert arguments["HyperParameters"] == {
        "num_iterations": {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Rounds"}]}},
        "seed": "7",
    }
    assert arguments["ResourceConfig"]["InstanceCount"] == 2
    assert arguments["ResourceConfig"]["InstanceType"] == "ml.m5.large"
    assert train["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P7D"}
    [condition] = good["Arguments"]["Conditions"]
    assert condition == {
        "Type": "GreaterThanOrEqualTo",
        "LeftValue": {
            "Std:JsonGet": {
                "PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.report"},
                "Path": "metrics.auc.value",
            }
        },
        "RightValue": {"Get": "Parameters.MinimumAuc"},
    }


def test_the_role_may_do_what_the_steps_need_and_no_more(workflow: Workflow) -> None:
    _churn(workflow)
    found = statements(workflow.stack, "Churn")
    actions = {action for each in found for action in cast("list[str]", _listed(each["Action"]))}
    assert actions == {
        *(
            f"sagemaker:{verb}{job}"
            for verb in ("Create", "Describe", "Stop")
            for job in ("TrainingJob", "ProcessingJob")
        ),
        *("sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage", "sagemaker:AddTags"),
        *("iam:PassRole", "kms:CreateGrant", "kms:DescribeKey", "kms:Decrypt", "s3:GetObject", "s3:ListBucket"),
    }
    [jobs] = allowed(found, "sagemaker:CreateTrainingJob")
    assert json.dumps(jobs).endswith(':training-job/pipelines-*"]]}')
    passed = json.dumps(allowed(found, "iam:PassRole"))
    assert "PreprocessingExecutionRole" in passed
    assert "TrainingExecutionRole" in passed
    assert "ModelExecutionRole" not in passed
    assert all("/report/*" in json.dumps(each) for each in allowed(found, "s3:GetObject"))


def test_the_roles_of_jobs_may_read_the_results_that_their_steps_use(workflow: Workflow) -> None:
    _churn(workflow)
    policies = Template.from_stack(workflow.stack).find_resources("AWS::IAM::Policy")
    readers = {
        json.dumps(each["Properties"]["Roles"]): json.dumps(each["Properties"]["PolicyDocument"])
        for each in policies.values()
    }
    [training] = [document for roles, document in readers.items() if "TrainingExecutionRole" in roles]
    [evaluation] = [document for roles, document in readers.items() if "PreprocessingExecutionRole" in roles]
    assert "train/*" in training
    assert "training/*" in evaluation


def test_one_role_gets_one_policy_however_many_of_its_steps_read(workflow: Workflow) -> None:
    prepare = ProcessingStep("Prepare", workflow.preprocessing)
    steps: list[Step] = [
        TrainingStep(f"Train{index}", workflow.training, channels={"train": prepare.output("train")})
        for index in range(5)
    ]
    Pipeline(workflow.stack, "Wide", steps=[prepare, *steps])
    policies = Template.from_stack(workflow.stack).find_resources("AWS::IAM::Policy")
    assert len([each for each in policies if each.startswith("Wide")]) == 1


def test_own_order_and_triggers(workflow: Workflow) -> None:
    train = TrainingStep("Train", workflow.training)
    after = ProcessingStep("After", workflow.preprocessing, depends_on=[train])
    anyway = ProcessingStep("Anyway", workflow.preprocessing, depends_on=[Dependency(train, "Any")])
    Pipeline(workflow.stack, "Ordered", steps=[train, after, anyway], parallelism=2, description="In order")
    steps = {step["Name"]: step for step in _body(workflow.stack)["Steps"]}
    assert steps["After"]["DependsOn"] == ["Train"]
    assert steps["Anyway"]["DependsOn"] == [{"Step": "Train", "Trigger": "Any"}]
    properties = _resource(workflow.stack)
    assert properties["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 2}
    assert properties["PipelineDescription"] == "In order"
    assert re.fullmatch("[a-z0-9-]+", properties["PipelineName"])


def test_a_given_role_gets_the_rights(workflow: Workflow) -> None:
    role = iam.Role(workflow.stack, "Mine", assumed_by=cast(Any, iam.ServicePrincipal("sagemaker.amazonaws.com")))
    Pipeline(workflow.stack, "Given", steps=[TrainingStep("Train", workflow.training)], role=cast(iam.IRole, role))
    assert allowed(statements(workflow.stack, "Mine"), "sagemaker:CreateTrainingJob")
    roles = Template.from_stack(workflow.stack).find_resources("AWS::IAM::Role")
    assert not [name for name in roles if name.startswith("Given")]


def test_start_and_watch(workflow: Workflow) -> None:
    pipeline = _churn(workflow)
    role = iam.Role(workflow.stack, "Mine", assumed_by=cast(Any, iam.ServicePrincipal("lambda.amazonaws.com")))
    pipeline.grant_start(cast(iam.IRole, role))
    pipeline.grant_watch(cast(iam.IRole, role))
    found = statements(workflow.stack, "Mine")
    assert json.dumps(allowed(found, "sagemaker:StartPipelineExecution")).count(":pipeline/") == 1
    assert "/execution/*" in json.dumps(allowed(found, "sagemaker:StopPipelineExecution"))


@pytest.mark.parametrize("cached", [True, False])
def test_a_cache_that_is_never_hit_is_told(cached: bool, workflow: Workflow) -> None:
    prepare = ProcessingStep("Prepare", workflow.preprocessing, **({"cache": Cache()} if cached else {}))
    train = TrainingStep("Train", workflow.training, channels={"train": prepare.output("train")}, cache=Cache())
    Pipeline(workflow.stack, "Cached", steps=[prepare, train])
    found = Annotations.from_stack(workflow.stack).find_warning("*", Match.string_like_regexp("Train never hits"))
    assert len(found) == (0 if cached else 1)


def test_a_transform_after_a_model_never_hits_its_cache(workflow: Workflow) -> None:
    model = ModelStep("Model", workflow.model)
    score = TransformStep("Score", workflow.transform, model=model.properties.ModelName, cache=Cache())
    Pipeline(workflow.stack, "Scored", steps=[model, score])
    words = "Score never hits its cache: ModelName is a model that Model makes anew"
    assert Annotations.from_stack(workflow.stack).find_warning("*", Match.string_like_regexp(words))


def test_problems_name_the_steps_and_come_all_at_once(workflow: Workflow) -> None:
    elsewhere = TrainingStep("Elsewhere", workflow.training)
    rounds = IntegerParameter("Rounds", 3)
    steps = [
        ProcessingStep("Prepare", workflow.preprocessing, arguments=["--rounds", rounds]),
        TrainingStep("Prepare", workflow.training),
        TrainingStep(
            "Train", workflow.training, channels={"train": elsewhere.properties.ModelArtifacts.S3ModelArtifacts}
        ),
        TrainingStep("Bad name", workflow.training),
    ]
    with pytest.raises(InvalidInput) as refused:
        Pipeline(workflow.stack, "Wrong", steps=steps, parameters=[rounds])
    text = str(refused.value)
    for words in (
        "Prepare.Arguments.AppSpecification.ContainerArguments[1] is refused by AWS: A reference has the type",
        "Parameters.Rounds",
        "Steps.Elsewhere.ModelArtifacts.S3ModelArtifacts",
        "A step stands once in a pipeline",
        "'Bad name'",
    ):
        assert words in text
    assert refused.value.place == "Stack/Wrong"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"parallelism": 0}, "parallelism must be between 1 and"),
        ({"pipeline_name": "under_scored"}, "pipeline_name must be named with letters"),
        ({"description": "x" * 3073}, "description in characters must be between 0 and 3072"),
    ],
)
def test_refusals(given: dict[str, Any], words: str, workflow: Workflow) -> None:
    with pytest.raises(InvalidInput, match=re.escape(words)):
        Pipeline(workflow.stack, "Refused", steps=[TrainingStep("Train", workflow.training)], **given)


def test_a_definition_from_elsewhere_is_deployed_as_it_is(stack: cdk.Stack) -> None:
    document = definition(
        train(), {"Name": "Process", "Type": "Processing", "Arguments": processing(), "DependsOn": ["Train"]}
    )
    Pipeline.from_definition(stack, "Foreign", definition=json.dumps(document))
    assert _body(stack) == document
    found = statements(stack, "Foreign")
    assert allowed(found, "iam:PassRole") == ["arn:aws:iam::123456789012:role/execution"]
    assert allowed(found, "sagemaker:CreateProcessingJob")


@pytest.mark.parametrize(("text", "words"), [("{", "must be JSON"), ("[]", "must be a JSON object, got: list")])
def test_a_definition_that_is_none_is_refused(text: str, words: str, stack: cdk.Stack) -> None:
    with pytest.raises(InvalidInput, match=f"definition {words}"):
        Pipeline.from_definition(stack, "Foreign", definition=text)


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]
