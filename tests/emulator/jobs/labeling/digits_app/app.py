"""Digits labeled by people at deployment, and a training on their labels, in stacks that are deployed one by one."""

from pathlib import Path

import aws_cdk as cdk

import sagemaker_constructs as sm
from sagemaker_constructs.labeling import LabelingBudget, LabelingInput
from sagemaker_constructs.training import SourceCode

app = cdk.App()
environment = cdk.Environment(account="123456789012", region="us-east-1")

data = cdk.Stack(app, "digits-data", env=environment)
key = sm.EncryptionKey(data, "Key")
bucket = sm.EncryptedBucket(data, "Data", encryption_key=key, access_logs=sm.AccessLogBucket(data, "Logs"))
cdk.CfnOutput(data, "Bucket", value=bucket.bucket_name)

labeling = cdk.Stack(app, "digits-labels", env=environment)
people = sm.LabelingWorkforce(labeling, "People", removal_policy=cdk.RemovalPolicy.DESTROY)
definition = sm.LabelingDefinition(
    labeling,
    "Digits",
    task=sm.LabelingTask("ImageMultiClass", title="Which digit?", labels=[str(digit) for digit in range(10)]),
    input=LabelingInput(bucket, "digits/images", suffixes=[".png"]),
    output=bucket,
    output_prefix="digits/labels",
    team=sm.WorkTeam(labeling, "Raters", workforce=people, description="Read digits"),
    budget=LabelingBudget(most_objects=100, usd_per_answer=0.08, most_usd=8),
    encryption_key=key,
)
labels = sm.LabelingJob(labeling, "Labels", definition=definition, parameter_name="/digits/labels")
cdk.CfnOutput(labeling, "Portal", value=people.sub_domain)

training = cdk.Stack(app, "digits-training", env=environment)
learned = sm.TrainingDefinition(
    training,
    "Reader",
    image=sm.ModelImage.from_library("tabular"),
    channels={"train": labels.training_input(training)},
    source=SourceCode(Path(__file__).parents[4] / "images" / "digits", "train.py"),
    output=bucket,
    encryption_key=key,
    instance_type="ml.m5.large",
    metric_definitions={"few": "few=([0-9.]+)", "all": "all=([0-9.]+)"},
)
cdk.CfnOutput(training, "Job", value=sm.TrainingJob(training, "Train", definition=learned).job_name)
app.synth()
