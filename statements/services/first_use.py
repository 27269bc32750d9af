"""What posting makes on first use, before the transaction of a chunk (`inventory/services/first_use.py`)."""

from functools import partial

from django.utils import timezone

from inventory.rules.fallback import statement_fallback
from inventory.services import first_use
from statements.queries import needs as needs_reads
from statements.services.chunks import Chunk


def make_first_uses(chunk: Chunk) -> None:
    """Fiscal periods of the chunk's dates and of today, default batches of items that are sold beyond what is there; three queries."""
    today = timezone.now().date()
    first_use.make_first_uses(
        {(head.legal_entity_id, day) for head in chunk.heads.values() for day in (head.business_date, today)},
        {entity: statement_fallback(settings) for entity, settings in chunk.settings.items()},
        partial(needs_reads.items_sold_short, list(chunk.heads)),
    )
