"""Autopilot at deployment: the winner is registered and becomes a model."""

import os

import aws_cdk as cdk

import sagemaker_constructs as sm

app = cdk.App()
environment = cdk.Environment(account="123456789012", region="us-east-1")

data = cdk.Stack(app, "search-data", env=environment)
key = sm.EncryptionKey(data, "Key")
bucket = sm.EncryptedBucket(data, "Data", encryption_key=key, access_logs=sm.AccessLogBucket(data, "Logs"))
cdk.CfnOutput(data, "Bucket", value=bucket.bucket_name)

search = cdk.Stack(app, "search", env=environment)
definition = sm.AutoMLDefinition(
    search,
    "Definition",
    problem=sm.TabularProblem(os.environ["TARGET"], kind="BinaryClassification", metric="AUC"),
    data=sm.AutoMLInput(bucket, "rows"),
    output=bucket,
    encryption_key=key,
    max_candidates=4,
    max_runtime=cdk.Duration.minutes(3),
)
job = sm.AutoMLJob(search, "Search", definition=definition)
group = sm.ModelPackageGroup(search, "Group")
version = sm.ModelPackageVersion(search, "Version", group=group, container=job.container)
winner = job.container
model = sm.Model(search, "Model", image=winner.image, artifact=winner.artifact, environment=dict(winner.environment))
outputs = {
    "JobName": job.job_name,
    "Best": job.best_candidate_name,
    "Explained": job.explainability_url,
    "Version": version.arn,
    "Model": model.model_name,
}
for name, value in outputs.items():
    cdk.CfnOutput(search, f"Out{name}", value=value)
app.synth()
