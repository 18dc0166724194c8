"""AWS Batch."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Batch",
        real="jobs, each a process of its image's own entry point: `Ref::` parameters, overrides, secrets, arrays,"
        " dependencies, retries by reason and exit code, timeouts, cancelling, terminating; as many at a time as"
        " `maxvCpus` allows, eight at most; what is too large waits until the queue's limit cancels it; logs, events,"
        " tags; revisions of job definitions; the types of CloudFormation, Step Functions with `.sync`, rules and"
        " schedules as callers",
        recorded="instance types, memory, GPUs, VPC, launch templates, roles, other time limits of queues; Spot"
        " capacity is never taken back; a container sees `/opt/ml` and `/tmp` as its own whatever its volumes, and"
        " starts in `/opt/ml`",
        refused="AWS-owned images, multi-node and EKS jobs, tasks of several containers, scheduling policies, service"
        " jobs, unmanaged compute environments",
    ),
)
