"""Digits that people label in Label Studio and in Ground Truth, and a model of the labels of each.

Its stacks are deployed one by one: people take their time between labels and training.
"""

from pathlib import Path

import aws_cdk as cdk

import sagemaker_constructs as sm
from sagemaker_constructs.labeling import Labeling, LabelingBudget, LabelingInput
from sagemaker_constructs.training import SourceCode

app = cdk.App()
environment = cdk.Environment(account="123456789012", region="us-east-1")

data = cdk.Stack(app, "digits-data", env=environment)
key = sm.EncryptionKey(data, "Key")
bucket = sm.EncryptedBucket(data, "Data", encryption_key=key, access_logs=sm.AccessLogBucket(data, "Logs"))
cdk.CfnOutput(data, "Bucket", value=bucket.bucket_name)

labeling = cdk.Stack(app, "digits-labels", env=environment)
task = sm.LabelingTask("ImageMultiClass", title="Which digit?", labels=[str(digit) for digit in range(10)])
images = LabelingInput(bucket, "images", suffixes=[".png"])
people = sm.LabelingWorkforce(labeling, "People", removal_policy=cdk.RemovalPolicy.DESTROY)
label_studio = Labeling(labeling, "LabelStudio", task=task, input=images, output=bucket, budget=LabelingBudget(100))
ground_truth = Labeling(
    labeling,
    "GroundTruth",
    engine="ground_truth",
    task=task,
    input=images,
    output=bucket,
    budget=LabelingBudget(most_objects=100, usd_per_answer=0.08, most_usd=8),
    team=sm.WorkTeam(labeling, "Raters", workforce=people, description="Read digits"),
    parameter_name="/digits/labels",
)
cdk.CfnOutput(labeling, "Portal", value=people.sub_domain)
if label_studio.project:
    cdk.CfnOutput(labeling, "Project", value=labeling.to_json_string(label_studio.project.description()))
    cdk.CfnOutput(labeling, "Manifest", value=label_studio.project.manifest_key)

training = cdk.Stack(app, "digits-training", env=environment)
for name, labels in (("LabelStudio", label_studio), ("GroundTruth", ground_truth)):
    reader = sm.TrainingDefinition(
        training,
        name,
        image=sm.ModelImage.from_library("tabular"),
        channels={"train": labels.training_input(training)},
        source=SourceCode(Path(__file__).parent / "training", "train.py"),
        output=bucket,
        encryption_key=key,
        instance_type="ml.m5.large",
        metric_definitions={"few": "few=([0-9.]+)", "all": "all=([0-9.]+)"},
    )
    job = sm.TrainingJob(training, f"{name}Reader", definition=reader)
    cdk.CfnOutput(training, f"{name}Job", value=job.job_name)
app.synth()
