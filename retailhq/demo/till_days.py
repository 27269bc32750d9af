"""Derives what tills do besides selling: returns, floats, bank drops, declarations, income and expense."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from retailhq.demo.chance import between, happens
from retailhq.demo.tickets import Line, Ticket, return_line

LINKED_RETURNS, BLIND_RETURNS = 12_000, 5_000  # per million sale lines
DESK, OFFICE = "DESK", "OFFICE"
FLOAT = 15_000  # cents in the tills in the morning
DECLARED = ("cash", "card", "gift_card", "voucher")
MINUTE = timedelta(minutes=1)
# Amounts are written in the natural direction of the booking: an expense is positive and takes money out.
INTO_TILL = {"float": 1, "income": 1, "expense": -1}


def returns_of(sale: Ticket) -> Iterator[Ticket]:
    """Yield the return that a sale leads to, if any: with the receipt a day later, or without one within the hour."""
    for line in sale.lines:
        if line.quantity <= 0 or line.net <= 0 or not sale.plan.supply.returns:
            continue
        if happens(LINKED_RETURNS, "linked", sale.number, line.number):
            ticket = give_back(sale, line, hours=24, linked=True)
        elif happens(BLIND_RETURNS, "blind", sale.number, line.number):
            ticket = give_back(sale, line, hours=1, linked=False)
        else:
            continue
        # Inside the week that is derived in one go, so that the office counts the day with its returns.
        sunday = sale.business_date + timedelta(days=6 - sale.business_date.weekday())
        if ticket.business_date <= min(sunday, sale.plan.last_day):
            yield ticket
            return


def give_back(sale: Ticket, line: Line, *, hours: int, linked: bool) -> Ticket:
    """Make the return of a line at the service desk; of three pieces or more only one comes back."""
    quantity, net = line.quantity, line.net
    if line.item.milli > 1 and quantity >= 3 * line.item.milli:
        quantity, net = line.item.milli, net * line.item.milli // quantity
    origin = (sale.plan.code, sale.terminal, sale.number, line.number) if linked else None
    back = return_line(1, line.item, quantity, net, origin)
    at = sale.plan.instant(sale.at.replace(tzinfo=None) + timedelta(hours=hours))
    method = "card" if linked and sale.payments and sale.payments[-1][0] == "card" else "cash"
    total = back.net + back.tax
    return Ticket(
        plan=sale.plan,
        terminal=DESK,
        number=f"R{sale.number}",
        kind="sale",
        at=at,
        business_date=sale.plan.business_date(at.replace(tzinfo=None)),
        staff=sale.staff,
        lines=(back,),
        payments=((method, total),) if total else (),
        customer=sale.customer if linked else None,
    )


def close_day(sales: Sequence[Ticket], *, first_of_week: bool) -> Iterator[Ticket]:
    """Yield what the office books for one store and business day: float, once a week income and expense, bank drop and the count.

    `sales` are the day's transactions of the store, in order of time. The count of the cash is off by some cents on most days.
    """
    opening, closing = sales[0], sales[-1]
    amounts: defaultdict[str, int] = defaultdict(int)
    for sale in sales:
        for method, amount in sale.payments:
            amounts[method] += amount
    booked = [office(opening, "float", (("cash", FLOAT),), minutes=-20)]
    if first_of_week:
        booked.append(office(opening, "income", (("cash", between(20, 60, "income", opening.number) * 100),), minutes=1))
        booked.append(office(opening, "expense", (("cash", between(5, 30, "expense", opening.number) * 100),), minutes=2))
    amounts["cash"] += sum(INTO_TILL[ticket.kind] * amount for ticket in booked for _, amount in ticket.payments)
    drop = max(0, amounts["cash"] - FLOAT) // 2_000 * 2_000
    if drop:
        booked.append(office(closing, "bank_drop", (("cash", drop),), minutes=5))
    amounts["cash"] -= drop
    if happens(700_000, "miscounted", closing.number):
        amounts["cash"] += between(-75, 75, "over or short", closing.number)
    counted = tuple((method, amounts[method]) for method in DECLARED if amounts[method] > 0)
    yield from booked
    yield office(closing, "tender_declaration", counted, minutes=10)


def office(beside: Ticket, kind: str, payments: tuple[tuple[str, int], ...], *, minutes: int) -> Ticket:
    """Make a booking of the office some minutes from a sale; it belongs to the sale's business day whatever the clock says."""
    return Ticket(
        plan=beside.plan,
        terminal=OFFICE,
        number=f"{beside.business_date:%Y%m%d}-{kind}",
        kind=kind,
        at=beside.plan.instant((beside.at + minutes * MINUTE).replace(tzinfo=None)),
        business_date=beside.business_date,
        staff="0001",
        payments=payments,
        given_date=True,
    )
