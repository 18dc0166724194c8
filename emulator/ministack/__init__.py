"""MiniStack, and every private part of it that is touched."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Lambda",
        real="Python and Node functions, as processes; Node finds the AWS SDK of `node_modules`",
        recorded="memory limits, VPC, permissions",
        refused="functions with container images",
    ),
    Coverage(
        "KMS, IAM, VPC",
        real="resources, key policies, roles",
        recorded="encryption by services, every permission check, all networking",
        refused="KMS signing (needs `cryptography`)",
    ),
)
