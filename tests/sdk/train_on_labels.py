"""Trains on an augmented manifest as a user of the SageMaker Python SDK does: ``train_on_labels.py '{…}'``.

Runs in an environment of its own (``tools/sdk/requirements.txt``). Its argument is JSON with ``manifest``,
``attributes``, ``image``, ``role`` and ``output``; it prints the URL of the model.
"""

import json
import sys
from typing import Any

from sagemaker.core.inputs import TrainingInput
from sagemaker.core.resources import TrainingJob
from sagemaker.core.shapes import (
    AlgorithmSpecification,
    Channel,
    DataSource,
    OutputDataConfig,
    ResourceConfig,
    S3DataSource,
    StoppingCondition,
)

given: dict[str, Any] = json.loads(sys.argv[1])
config: dict[str, Any] = TrainingInput(
    given["manifest"],
    s3_data_type="AugmentedManifestFile",
    attribute_names=given["attributes"],
    content_type="application/x-recordio",
    record_wrapping="RecordIO",
    input_mode="Pipe",
).config
source = config["DataSource"]["S3DataSource"]
channel = Channel(
    channel_name="train",
    data_source=DataSource(
        s3_data_source=S3DataSource(
            s3_data_type=source["S3DataType"],
            s3_uri=source["S3Uri"],
            s3_data_distribution_type=source["S3DataDistributionType"],
            attribute_names=source["AttributeNames"],
        )
    ),
    content_type=config["ContentType"],
    record_wrapper_type=config["RecordWrapperType"],
    input_mode=config["InputMode"],
)
# The SDK's ModelTrainer refuses a role that IAM does not know; this is what it calls with all others.
job = TrainingJob.create(
    training_job_name="labels",
    role_arn=given["role"],
    algorithm_specification=AlgorithmSpecification(training_image=given["image"], training_input_mode="Pipe"),
    input_data_config=[channel],
    output_data_config=OutputDataConfig(s3_output_path=given["output"]),
    resource_config=ResourceConfig(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=1),
    stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
)
job.wait(poll=1)
print(job.model_artifacts.s3_model_artifacts)
