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
        "Sales of item {item} are not posted yet; post them before you change its unit or batch tracking.",
    ),
    Code(
        "TRACKING_IN_USE",
        "setup",
        "Batch tracking of a tracking group cannot change once an item of it has been in stock or has sales that are not posted.",
        "Make a new tracking group for new items.",
        "Item {item} of this group has been in stock; batch tracking of the group stays as it is.",
    ),
    Code(
        "BATCH_IS_DEFAULT",
        "setup",
        "A default batch stands for no real goods: it has no dates and is never blocked.",
        "Leave its dates blank and its disposition one that allows sale.",
        "{batch} is a default batch: leave its dates blank and its disposition one that allows sale.",
    ),
    Code(
        "BATCH_DATES",
        "setup",
        "The dates of a batch contradict each other.",
        "Correct them: production comes before best before and expiry.",
        {
            "best_before": "The date of best before, {day}, lies before production on {manufactured_on}.",
            "expires_on": "The date of expiry, {day}, lies before production on {manufactured_on}.",
        },
    ),
    Code(
        "WAREHOUSE_IN_USE",
        "setup",
        "The company of a warehouse cannot change once stock or documents rely on it.",
        "Leave the company as it is, or make a new warehouse.",
        "Warehouse {warehouse} has stock or documents of company {legal_entity}; leave it there, or make a new warehouse for {wanted}.",
    ),
    Code(
        "SITE_OF_OTHER_COMPANY",
        "setup",
        "A warehouse names a site of another legal entity.",
        "Choose a site of the same legal entity.",
        "Site {site} belongs to another legal entity.",
    ),
)


class Counted(NamedTuple):
    """In which unit an item is counted, and whether in batches."""

    unit: str
    batch_tracked: bool


def item_refused(code: str, before: Counted, after: Counted) -> Problem | None:
    """Why an item that has been in stock cannot be counted otherwise."""
    if before == after:
        return None
    return Problem(
        "ITEM_IN_USE", {"item": code, "unit": before.unit}, variant="batch_tracked" if before.batch_tracked else "not_batch_tracked"
    )


def kind_refused(code: str, before: str, after: str | None) -> Problem | None:
    """Why an item that has been in stock, or stands on documents, stays of its kind."""
    if after in (None, before):
        return None
    return Problem("ITEM_IN_USE", {"item": code, "kind": before}, variant="kind")


def warehouse_company_refused(code: str, before: str, after: str) -> Problem | None:
    """Why a warehouse that stock or documents rely on stays in its company: what is booked there is in that company's ledger."""
    if before == after:
        return None
    return Problem("WAREHOUSE_IN_USE", {"warehouse": code, "legal_entity": before, "wanted": after})


class BatchDates(NamedTuple):
    """The dates of a batch."""

    manufactured_on: date | None
    best_before: date | None
    expires_on: date | None


def batch_refused(number: str, is_default_batch: bool, dates: BatchDates, blocked: bool) -> Problem | None:
    """Why a batch cannot have these dates and this disposition."""
    if is_default_batch and (any(dates) or blocked):
        return Problem("BATCH_IS_DEFAULT", {"batch": number})
    made = dates.manufactured_on
    for field, day in (("best_before", dates.best_before), ("expires_on", dates.expires_on)):
        if made and day and day < made:
            return Problem("BATCH_DATES", {"day": day, "manufactured_on": made}, field, variant=field)
    return None


def open_sales_problem(item: str) -> Problem:
    """Quantities of open sales were counted in the item's unit, and with or without batches."""
    return Problem("ITEM_HAS_OPEN_SALES", {"item": item})
