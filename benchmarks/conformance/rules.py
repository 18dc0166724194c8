"""All rules of SageMaker's container contracts, one a function, each checked against a running process."""

from conformance import batch_rules, endpoint_rules, multi_model_rules, session_rules, stream_rules
from conformance.rule import RULES, Rule

# A module's rules join the list when it is imported.
MODULES = (endpoint_rules, batch_rules, multi_model_rules, session_rules, stream_rules)

__all__ = ["MODULES", "RULES", "Rule"]
