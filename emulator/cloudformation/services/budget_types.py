"""`AWS::Budgets::Budget`, mapped onto MiniStack's API of budgets."""

from __future__ import annotations

from typing import Any

from emulator.coverage import Coverage
from emulator.ministack import in_process
from emulator.ministack.stack_hooks import add_resource_type, run_on_worker_thread
from emulator.shapes.service_model import service_model
from emulator.shapes.template_values import fitted, generated_name

COVERAGE = (
    Coverage("Budgets", real="", recorded="budgets, their filters and notifications: nothing is billed, nobody told"),
)

Properties = dict[str, Any]

_TYPE = "AWS::Budgets::Budget"


class _Handlers:
    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        """Create a budget with its notifications; its name."""
        budget: Properties = properties["Budget"]
        name = str(budget.get("BudgetName") or generated_name(stack_name, logical_id))
        self._call("CreateBudget", {**properties, "Budget": {**budget, "BudgetName": name}})
        return name, {}

    def update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        """Change the limit and what is counted; other notifications replace the budget."""
        del old, stack_name
        self._call("UpdateBudget", {"NewBudget": {**new["Budget"], "BudgetName": physical_id}})
        return physical_id, {}

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete a budget."""
        del properties
        self._call("DeleteBudget", {"BudgetName": physical_id})

    def _call(self, operation: str, request: Properties) -> None:
        shape = service_model("budgets").operation_model(operation).input_shape
        assert shape
        account = in_process.call("sts", "GetCallerIdentity", {})["Account"]
        in_process.call("budgets", operation, fitted(shape, {"AccountId": account, **request}))


def add_budget_types() -> None:
    """Register the type."""
    handlers = _Handlers()
    table = {"create": handlers.create, "update": handlers.update, "delete": handlers.delete}
    add_resource_type(_TYPE, table, replacing=("NotificationsWithSubscribers",))
    run_on_worker_thread([_TYPE])
