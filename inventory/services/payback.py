"""Goods that come in, and a recurrence, pay batch debt within the payback limits; what is above them is proposed to people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.locks import SETTLEMENT, lock_for_transaction
from core.lib.problems import BusinessError
from inventory.models import SettlementProposal
from inventory.queries.settlements import Selection, entities_of
from inventory.rules.payback import PaybackLimits, Proposed, payback_limits, within_limits
from inventory.services.settlements import Settled, Settling, closed_by, plan_settlement, post_payments
from inventory.writes.proposals import decide_proposals, keep_proposals
from ledger.rules.vouchers import period_closed
from parameters.queries import settings_of


@dataclass(frozen=True, slots=True)
class PaidBack:
    """What was paid of a warehouse without asking, and what is proposed."""

    settled: Settled | None = None
    proposed: Sequence[Proposed] = field(default_factory=tuple)


def pay_within_limits(warehouse_id: int, legal_entity_id: int, of: Selection, how: Settling, limits: PaybackLimits) -> PaidBack:
    """Pays the open debts of the selection, all in one warehouse whose SETTLEMENT lock is held, as far as the limits allow.

    What is above them stays owed and becomes a proposal; a proposal whose item is paid is decided. In the caller's transaction; locks as
    `post_settlement`, a fixed number of queries.
    """
    plan = plan_settlement(of, {warehouse_id: legal_entity_id}, lock=True)
    if not plan.payments:
        return PaidBack()
    share = within_limits(plan.payments, limits, timezone.localdate(), plan.value_of)
    settled = post_payments(warehouse_id, plan, share.paid, how)
    waiting = {one.pool for one in share.proposed}
    if settled and (done := [pool for pool in share.paid if pool not in waiting]):
        decide_proposals(done, settled.settlement_id, how.actor)
    keep_proposals(share.proposed, how.reason, how.actor)
    return PaidBack(settled, share.proposed)


@transaction.atomic
def pay_warehouse(warehouse_id: int, how: Settling) -> PaidBack:
    """Pays the open debts of a warehouse as far as the payback limits of its company allow; a fixed number of queries.

    Locks the SETTLEMENT lock of the warehouse, the cost rows, then the on-hand rows. Raises BusinessError PERIOD_CLOSED,
    STOCK_PERIOD_CLOSED.
    """
    lock_for_transaction(SETTLEMENT, [warehouse_id])
    entity = entities_of([warehouse_id])[warehouse_id]
    today = timezone.localdate()
    if code := closed_by(entity, today):
        raise BusinessError(period_closed(today, code))
    paid = pay_within_limits(warehouse_id, entity, Selection([warehouse_id]), how, limits_of([entity])[entity])
    if settled := paid.settled:
        title = {"settlement": settled.number, "lines": settled.lines, "quantity": str(settled.quantity), "reason": how.reason}
        record_audit(AuditEntry.Action.SETTLE, how.actor, settled.number, title)
    return paid


def limits_of(entities: Sequence[int]) -> Mapping[int, PaybackLimits]:
    """Payback limits by company; one query."""
    return {entity: payback_limits(of) for entity, of in settings_of(set(entities)).items()}


@transaction.atomic
def put_aside(proposal: SettlementProposal, actor: str) -> bool:
    """Decides an open proposal without paying it: the debt stays owed until goods come in again; False where it was decided before."""
    pool = (proposal.warehouse_id, proposal.item_id)
    if not decide_proposals([pool], None, actor):
        return False
    names = {"warehouse": proposal.warehouse.code, "item": proposal.item.code, "proposal": proposal.pk}
    record_audit(AuditEntry.Action.SETTLE, actor, f"{proposal.warehouse.code} {proposal.item.code}", names)
    return True
