"""What posting makes on first use, in transactions of their own before the chunk's.

Rows that several partitions share (fiscal periods, the default batch of an item) are made here: made in the transaction of a step, they
would keep every other partition that needs them waiting until that step is done. Whatever is missed here the step makes.
"""

from django.utils import timezone

from inventory.rules.fallback import statement_fallback
from inventory.writes.issues import insert_default_batches
from ledger.services import ensure_periods
from statements.queries import needs as needs_reads
from statements.services.chunks import Chunk


def make_first_uses(chunk: Chunk) -> None:
    """Fiscal periods of the chunk's dates and of today, default batches of items that are sold beyond what is there; three queries."""
    today = timezone.now().date()
    ensure_periods({(head.legal_entity_id, day) for head in chunk.heads.values() for day in (head.business_date, today)})
    fallback = {entity: statement_fallback(settings) for entity, settings in chunk.settings.items()}
    numbers = {entity: how.default_batch_id for entity, how in fallback.items() if how.use_default_batch and how.default_batch_id}
    items_of_number: dict[str, set[int]] = {}
    for entity, item_id in needs_reads.items_sold_short(list(chunk.heads), numbers):
        items_of_number.setdefault(numbers[entity], set()).add(item_id)
    for number, items in sorted(items_of_number.items()):
        insert_default_batches(items, number)
