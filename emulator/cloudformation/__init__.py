"""CloudFormation resource types that MiniStack lacks or only half applies."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "CloudFormation",
        real="create, update, replacement, rollback, deletion, change sets, outputs, SSM parameters, drift (of our"
        " types and a dozen of MiniStack's); all `AWS::SageMaker::*` types that have a Create call,"
        " `ScalableTarget`, `ScalingPolicy` (with scheduled actions), `FlowLog`, `SecurityGroupIngress/Egress`,"
        " `NatGateway`, `EIP`, `CompositeAlarm`, `WebACLAssociation`",
        recorded="properties of a type that its API does not take (a warning in the log);"
        " `AWS::RAM::ResourceShare`, `AWS::WAFv2::LoggingConfiguration`; grants, filters, locations and settings of"
        " Lake Formation, which keep nobody from anything: the emulator does not know who asks",
        refused='other types: "Unrecognized resource types"',
    ),
)
