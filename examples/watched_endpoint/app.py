"""An endpoint, a monitor of its requests, and the pipeline that trains again when they have drifted."""

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_s3 as s3

import sagemaker_constructs as sm

app = App()
stack = Stack(app, "Watched")
data = s3.Bucket.from_bucket_name(stack, "Data", "example-sagemaker-data")
image, capture = sm.ModelImage.from_library("tabular"), sm.DataCapture(data)

model = sm.Model(stack, "Churn", image=image, artifact=sm.ModelArtifact.from_bucket(data, "churn/model.tar.gz"))
live = sm.RealTimeEndpoint(stack, "Live", model=model, instance_type="ml.c7i.large", capture=capture)

rows, label = {"train": sm.TrainingInput(data, "churn/train")}, {"label": "churned"}
train = sm.TrainingDefinition(
    stack, "Train", image=image, output=data, channels=rows, hyperparameters=label, instance_type="ml.m5.large"
)
pipeline = sm.Pipeline(stack, "Retrain", steps=[sm.TrainingStep("Train", train)])

seen, baseline = sm.ProcessingInput(data, "churn/train"), sm.ProcessingOutput(data, "churn/baseline")
training_rows = sm.BaselineDefinition(stack, "Baseline", rows=seen, output=baseline)
captured, reports = sm.CapturedRequests.of_endpoint(live, capture), sm.ProcessingOutput(data, "churn/reports")
drift = sm.DriftMonitor(stack, "Drift", captured=captured, baseline=training_rows.baseline, reports=reports)
sm.PipelineTriggers(stack, "Starts", pipeline=pipeline, triggers={"drift": sm.DriftTrigger(drift)})

CfnOutput(stack, "EndpointName", value=live.endpoint_name)
app.synth()
