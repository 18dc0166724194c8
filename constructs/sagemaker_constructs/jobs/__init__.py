"""Jobs that have no CloudFormation type, run as resources."""
