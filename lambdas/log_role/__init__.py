"""The role with which API Gateway writes logs: one for each account and region."""
