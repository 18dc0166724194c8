"""Entry points that CloudFormation calls."""

import json
import logging
import os
from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.custom_resource import accept, answered, refuse
from lambdas.labeling.active import Rules
from lambdas.labeling.files import write_files
from lambdas.labeling.jobs import ModelJobs
from lambdas.labeling.project import Project, write_manifest
from lambdas.labeling.rounds import step
from lambdas.labeling.sign_in import allow_sign_in

logger = logging.getLogger()


def files(event: dict[str, Any], _context: object) -> None:
    """Write the files of a labeling job; they stay when the job is gone."""
    if event["RequestType"] == "Delete":
        accept(event, str(event["PhysicalResourceId"]))
        return
    try:
        written = write_files(event["ResourceProperties"], AwsApi("s3"))
    except Exception as error:
        logger.exception("%s of %s failed", event["RequestType"], event["LogicalResourceId"])
        refuse(event, error)
    else:
        accept(event, written.folder, written.attributes)


def manifest(_event: dict[str, Any], _context: object) -> None:
    """Write the augmented manifest of a project, whatever the messages say: it follows from what is in S3.

    Tasks are written too, where ``FILES`` says what they are made of. More objects than are to be labeled are told by
    the message that is not done, and not by the labels.
    """
    project, api = Project.from_text(os.environ["PROJECT"]), AwsApi("s3")
    logger.info("%d lines are labeled", write_manifest(project, api))
    if "FILES" in os.environ:
        own = {"Categories": project.labels, "Task": project.task}
        written = write_files({**json.loads(os.environ["FILES"]), **own}, api)
        logger.info("%s objects are tasks", written.attributes["Objects"])


def rounds(event: dict[str, Any], _context: object) -> None:
    """Do what is due of the rounds of a project, which the messages describe; that of one is that of all."""
    given: dict[str, Any] = json.loads(event["Records"][0]["body"])
    project = Project.from_text(json.dumps(given["project"]))
    files = {**given["files"], "Categories": project.labels, "Task": project.task}
    job = given["job"]
    jobs = ModelJobs(AwsApi("sagemaker"), job["kind"], job["member"], job["prefix"], job["request"])
    done = step(project, files, Rules(**given["rules"]), given["proposals"], AwsApi("s3"), jobs)
    logger.info("%s: %s", project.name, done)


def sign_in(event: dict[str, Any], _context: object) -> None:
    """Tell the user pool where the workforce is; a pool that goes needs no telling."""

    def work(request: Any) -> str:
        properties = request["ResourceProperties"]
        if request["RequestType"] != "Delete":
            allow_sign_in(properties, AwsApi("cognito-idp"))
        return f"{properties['UserPoolId']}/{properties['ClientId']}"

    answered(event, work)
