"""Which items open documents rely on, whatever app keeps the documents."""

from collections.abc import Collection

from core.lib.contributions import Contributions

# Contributed by higher apps: of the items asked about, those whose quantities open documents have counted.
OPEN_DOCUMENTS: Contributions[Collection[int], int] = Contributions()


def items_with_open_documents(item_ids: Collection[int]) -> set[int]:
    """Items that sales or orders which are not posted rely on; one query for each app that contributes."""
    return set(OPEN_DOCUMENTS.ask(item_ids)) if item_ids else set()
