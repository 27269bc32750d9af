"""`expiring_stock [--days N] [--warehouse W] [--item I]`: what expires when and where, and what to do with it (docs/domain.md)."""

from argparse import ArgumentParser
from datetime import timedelta
from itertools import islice
from typing import Any

from django.utils import timezone

from core.cli.command import CommandResult, RetailCommand
from core.db.upsert import ids_by_code
from core.lib.problems import BusinessError, Problem
from inventory.models import Warehouse
from inventory.queries.expiring import EXPIRING_SORTS, dated_stock
from inventory.services.expiring import advise_within, row_values

CHUNK = 500
LONGEST = 3650


class Command(RetailCommand):
    """Lists; moves nothing."""

    help = "What is expired or will be within so many days, by date: where it lies, what it is worth, what of it sells in time, what to do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=14, metavar="N", help="expired or within N days; 14 if left out")
        parser.add_argument("--warehouse", default="", metavar="W", help="only in this warehouse")
        parser.add_argument("--item", default="", metavar="I", help="only of this item")

    def run(self, **options: Any) -> CommandResult:
        """The rows, the first to expire first."""
        rows = dated_stock().filter(batch__expires_on__lte=timezone.localdate() + timedelta(days=min(max(options["days"], 0), LONGEST)))
        for name, problem in (("warehouse", "UNKNOWN_WAREHOUSE"), ("item", "UNKNOWN_ITEM")):
            if code := options[name]:
                ids = ids_by_code(f"inventory_{name}", [code])
                if not ids:
                    raise BusinessError(Problem(problem, {name: code}))
                rows = rows.filter(**{f"{name}_id": ids[code]})
        warehouses = list(Warehouse.objects.values_list("pk", flat=True))
        found: list[dict[str, object]] = []
        ordered = rows.order_by(*EXPIRING_SORTS["expires_on"]).iterator(chunk_size=CHUNK)
        while chunk := list(islice(ordered, CHUNK)):
            advise_within(chunk, warehouses)
            found += (row_values(row) for row in chunk)
        return CommandResult({"count": len(found), "rows": found})
