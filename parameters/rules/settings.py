"""Retail parameters as one frozen value: read once per run, passed down, recorded on the statement."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

# How many lines a chunk may have where nobody says otherwise: fewer while customer orders wait, as its rows stay locked until it is done.
# As many as their largest hash has room for in the work_mem of the built-in server (2 kB a line, 64 MB).
LINES_PER_CHUNK = 28_000
LINES_PER_CHUNK_WITH_ORDERS = 5_000


@dataclass(frozen=True, slots=True)
class RetailSettings:
    """The parameters of one legal entity as they applied to a run; field names are those of the table."""

    legal_entity_id: int
    customer_orders_use_default_batch_id: bool
    customer_orders_default_batch_id: str
    posting_use_default_batch_id: bool
    posting_default_batch_id: str
    posting_aggregate_lines: bool
    posting_max_lines_per_order: int
    posting_max_parallel_lanes: int
    posting_hold_failing_transactions: bool
    inventory_default_batch_scope: str
    inventory_sellable_on_expiration_date: bool
    inventory_use_batches_received_after_sale: bool
    statements_max_difference: Decimal
    statements_disable_counting: bool
    statements_max_line_difference: Decimal | None = None
    statements_max_shift_difference: Decimal | None = None
    statements_late_documents: str = "period"
    statements_model: str = "combined"
    validation_days_ahead: int = 1
    validation_days_back: int = 3650
    inventory_pay_debt_on_receipt: bool = False
    inventory_fallback_limit_quantity: Decimal | None = None
    inventory_fallback_limit_value: Decimal | None = None
    inventory_fallback_over_limit: str = "warn"
    validation_largest_quantity: Decimal | None = None
    validation_largest_amount: Decimal | None = None
    inventory_fallback_limit_share: Decimal | None = None
    inventory_payback_limit_quantity: Decimal | None = None
    inventory_payback_limit_value: Decimal | None = None
    inventory_payback_limit_days: int | None = None

    def snapshot(self) -> dict[str, Any]:
        """The settings as JSON values, kept on each statement that they applied to."""
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(self).items()}
