"""`settle_batch_debt`: pays open batch debt back with real batches (docs/domain.md#settlement)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.db.upsert import ids_by_code
from core.lib import parsing
from core.lib.decimals import plain_text
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem
from inventory.queries.debt import proposed_lines, warehouses_named
from inventory.queries.settlements import Selection, entities_of
from inventory.services.settlements import Settling, plan_settlement, settle_debt
from orders.queries import lists as order_origins  # noqa: F401  they name the documents of debts
from statements.queries import pages_lists as transaction_origins  # noqa: F401

REASON = "Batch debt paid back"


class Command(RetailCommand):
    """Settles, or with --propose says what a settlement would do."""

    help = (
        "Pays open batch debt with real batches that could have been what was sold: as much as can be, the oldest first. "
        "One settlement per warehouse; undo_settlement takes it back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--warehouse", default="", metavar="W", help="only in this warehouse")
        parser.add_argument("--item", default="", metavar="I", help="only of this item")
        parser.add_argument("--through", default="", metavar="DATE", help="only debt of business dates through this one, YYYY-MM-DD")
        parser.add_argument("--propose", action="store_true", help="print the plan and write nothing")
        parser.add_argument("--reason", default=REASON, metavar="R", help=f"why; {REASON} if left out")

    def run(self, **options: Any) -> CommandResult:
        """The settlements that were made, or the lines that would be."""
        of = selection(options["warehouse"], options["item"], options["through"])
        try:
            reason = parsing.reason(options["reason"])
        except FieldError as error:
            raise BusinessError(error.at("--reason").problem) from None
        if options["propose"]:
            plan = plan_settlement(of, entities_of(of.warehouses))
            rows = [
                {
                    **{"warehouse": line.warehouse, "item": line.item, "debt": line.debt, "business_date": line.day},
                    **{
                        "from_batch": line.from_batch,
                        "to_batch": line.to_batch,
                        "quantity": plain_text(line.quantity),
                        "value": line.value,
                    },
                }
                for line in proposed_lines(plan.payments, plan.costs)
            ]
            return CommandResult({"lines": len(rows), "proposed": rows})
        done = settle_debt(of, Settling(reason, "command"))
        return CommandResult(
            {
                "lines": sum(settled.lines for settled in done),
                "settlements": [{"settlement": one.number, "lines": one.lines, "quantity": plain_text(one.quantity)} for one in done],
            }
        )


def selection(warehouse: str, item: str, through: str) -> Selection:
    """The debt that the arguments mean; raises BusinessError for a warehouse, an item or a date that is none. At most two queries."""
    problems: list[Problem] = []
    day = None
    try:
        day = parsing.day(through) if through else None
    except FieldError as error:
        problems.append(error.at("--through").problem)
    warehouses = warehouses_named(warehouse)
    if warehouse and not warehouses:
        problems.append(Problem("UNKNOWN_WAREHOUSE", {"warehouse": warehouse}))
    items = ids_by_code("inventory_item", [item]) if item else {}
    if item and not items:
        problems.append(Problem("UNKNOWN_ITEM", {"item": item}))
    if problems:
        raise BusinessError(*problems)
    return Selection(warehouses, list(items.values()) if item else None, day)
