"""What operators do with tables: each is made of a node's parameters, and refuses those that it does not know."""

from wrangling.flow import Node
from wrangling.operators import categorical, code, columns, joins, missing, numbers, splits, texts, types
from wrangling.operators.operation import Make, Operation

OPERATORS: dict[tuple[str, str | None], Make] = {
    **categorical.OPERATORS,
    **code.OPERATORS,
    **columns.OPERATORS,
    **joins.OPERATORS,
    **missing.OPERATORS,
    **numbers.OPERATORS,
    **splits.OPERATORS,
    **texts.OPERATORS,
    **types.OPERATORS,
}


def operation_of(node: Node) -> Operation:
    """What a node does. Raises JobError for parameters that do not run here."""
    return OPERATORS[node.operator, node.choice](node)


__all__ = ["OPERATORS", "operation_of"]
