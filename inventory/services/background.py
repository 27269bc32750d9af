"""Batch debt is settled in the background, as a recurrence says, within the payback limits."""

from django.utils.translation import gettext_lazy

from core.jobs.kinds import JobResult, register_kind
from core.jobs.recurrence_kinds import register_recurring
from core.jobs.run import Run
from core.jobs.services import request_work
from core.lib.decimals import ZERO
from core.lib.messages import Message
from inventory.queries.settlements import all_warehouses
from inventory.services.payback import pay_warehouse
from inventory.services.settlements import Settling

SETTLE = "settle_batch_debt"
# What the settlements of a recurrence say.
REASON = "Settled by a recurrence"


def settle(run: Run) -> JobResult:
    """The work: a settlement for each warehouse where something can be paid; what is above the limits is proposed.

    A second run finds nothing to pay.
    """
    warehouses = all_warehouses()
    settlements, lines, proposed, quantity = 0, 0, 0, ZERO
    for done, warehouse_id in enumerate(warehouses):
        run.progress(done, len(warehouses), Message("Settling"))
        paid = pay_warehouse(warehouse_id, Settling(REASON, run.actor))
        proposed += len(paid.proposed)
        if settled := paid.settled:
            settlements, lines, quantity = settlements + 1, lines + settled.lines, quantity + settled.quantity
    found = {"settlements": settlements, "lines": lines, "quantity": str(quantity.normalize() + 0), "proposed": proposed}
    return JobResult(found)


register_kind(SETTLE, settle, unit=gettext_lazy("warehouses"))
register_recurring(
    SETTLE,
    gettext_lazy("Settle batch debt"),
    gettext_lazy("Pays open batch debt with real batches that could have been what was sold; the oldest debt first."),
    lambda title, actor: request_work(SETTLE, title, {}, actor),
)
