"""What may be changed of items, policy groups and batches once they are in use; imports and pages ask the same."""

from datetime import date
from typing import NamedTuple

from core.lib.problems import Code, Problem, register

register(
    Code(
        "ITEM_HAS_OPEN_SALES",
        "setup",
        "Unit and batch tracking of an item cannot change while sales of it are not posted.",
        "Post them first, or make a new item.",
    ),
    Code(
        "TRACKING_IN_USE",
        "setup",
        "Batch tracking of a tracking group cannot change once an item of it has been in stock or has sales that are not posted.",
        "Make a new tracking group for new items.",
    ),
    Code(
        "BATCH_IS_DEFAULT",
        "setup",
        "A default batch stands for no real goods: it has no dates and is never blocked.",
        "Leave its dates blank and its disposition one that allows sale.",
    ),
    Code(
        "BATCH_DATES",
        "setup",
        "The dates of a batch contradict each other.",
        "Correct them: production comes before best before and expiry.",
    ),
    Code(
        "WAREHOUSE_IN_USE",
        "setup",
        "The company of a warehouse cannot change once stock or documents rely on it.",
        "Leave the company as it is, or make a new warehouse.",
    ),
    Code(
        "SITE_OF_OTHER_COMPANY",
        "setup",
        "A warehouse names a site of another legal entity.",
        "Choose a site of the same legal entity.",
    ),
)


class Counted(NamedTuple):
    """In which unit an item is counted, and whether in batches."""

    unit: str
    batch_tracked: bool

    def __str__(self) -> str:
        """In words."""
        return f"{self.unit}, {'batch-tracked' if self.batch_tracked else 'not batch-tracked'}"


def item_refused(code: str, before: Counted, after: Counted) -> Problem | None:
    """Why an item that has been in stock cannot be counted otherwise."""
    if before == after:
        return None
    return Problem("ITEM_IN_USE", f"Item {code} has been in stock in {before}; leave both as they are or make a new item.")


def kind_refused(code: str, before: str, after: str | None) -> Problem | None:
    """Why an item that has been in stock, or stands on documents, stays of its kind."""
    if after in (None, before):
        return None
    return Problem("ITEM_IN_USE", f"Item {code} is in stock or on documents as {before}; leave its kind, or make a new item.")


def warehouse_company_refused(code: str, before: str, after: str) -> Problem | None:
    """Why a warehouse that stock or documents rely on stays in its company: what is booked there is in that company's ledger."""
    if before == after:
        return None
    return Problem(
        "WAREHOUSE_IN_USE",
        f"Warehouse {code} has stock or documents of company {before}; leave it there, or make a new warehouse for {after}.",
    )


class BatchDates(NamedTuple):
    """The dates of a batch."""

    manufactured_on: date | None
    best_before: date | None
    expires_on: date | None


def batch_refused(number: str, is_default_batch: bool, dates: BatchDates, blocked: bool) -> Problem | None:
    """Why a batch cannot have these dates and this disposition."""
    if is_default_batch and (any(dates) or blocked):
        return Problem("BATCH_IS_DEFAULT", f"{number} is a default batch: leave its dates blank and its disposition one that allows sale.")
    made = dates.manufactured_on
    for name, day in (("best before", dates.best_before), ("expiry", dates.expires_on)):
        if made and day and day < made:
            return Problem("BATCH_DATES", f"The date of {name}, {day}, lies before production on {made}.")
    return None


def open_sales_problem(item: str) -> Problem:
    """Quantities of open sales were counted in the item's unit, and with or without batches."""
    return Problem(
        "ITEM_HAS_OPEN_SALES", f"Sales of item {item} are not posted yet; post them before you change its unit or batch tracking."
    )
