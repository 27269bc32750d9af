"""What people can do with one customer order: the buttons, what each asks, and why one is not possible now."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django_stubs_ext import StrPromise

from core.access.access import Access
from core.lib.actions import Action
from orders.models import CustomerOrder, SalesOrder
from orders.queries.customer_orders import Standing
from orders.rules.fulfilment import TRANSITIONS, DeliveryMode, Verb, movable


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person does with an order; `page` is the url name, `nothing` says why there is nothing to do it with.

    `pays` acts hand goods over and ask how what is due is settled; on account is what they begin with unless `at_till`.
    """

    page: str
    verb: Verb
    name: StrPromise
    icon: str
    key: str
    question: StrPromise
    nothing: StrPromise
    pays: bool = False
    at_till: bool = False

    @property
    def url_name(self) -> str:
        """The name in the page table."""
        return f"customer_orders:{self.page}"


NOTHING_OPEN = gettext_lazy("Nothing of the order is open.")
DELIVERED = gettext_lazy("The goods leave in the background: stock, invoice and vouchers are posted together, or nothing is.")
ACTS = {
    act.page: act
    for act in (
        Act(
            *("pick", Verb.PICK, pgettext_lazy("order", "Pick"), "check", "k"),
            gettext_lazy("Says that these quantities are taken from the shelf. Stock and ledger do not move."),
            gettext_lazy("Nothing is left to be picked."),
        ),
        Act(
            *("pack", Verb.PACK, gettext_lazy("Pack"), "batch", "a"),
            gettext_lazy("Says that these quantities are packed; what is picked is used first. Stock and ledger do not move."),
            gettext_lazy("Nothing is left to be packed."),
        ),
        Act(
            *("ship", Verb.SHIP, gettext_lazy("Ship"), "right", "h"),
            DELIVERED,
            gettext_lazy("No open line is to be shipped."),
            pays=True,
        ),
        Act(
            *("pick_up", Verb.PICK_UP, gettext_lazy("Pick up"), "store", "p"),
            DELIVERED,
            gettext_lazy("No open line is to be picked up."),
            pays=True,
            at_till=True,
        ),
        Act(*("invoice", Verb.INVOICE, pgettext_lazy("order", "Invoice"), "invoice", "i"), DELIVERED, NOTHING_OPEN, pays=True),
        Act(
            *("take_back", Verb.RETURN, gettext_lazy("Take back"), "left", "b"),
            gettext_lazy("The goods come back to stock, and what is due is paid back."),
            gettext_lazy("No line of the order comes back."),
            pays=True,
            at_till=True,
        ),
        Act(
            *("unpick", Verb.UNPICK, gettext_lazy("Unpick"), "again", "u"),
            gettext_lazy("Puts picked quantities back on the shelf."),
            gettext_lazy("Nothing is picked."),
        ),
        Act(
            *("unpack", Verb.UNPACK, gettext_lazy("Unpack"), "again", "o"),
            gettext_lazy("Takes packed quantities out of the parcel; they stay picked."),
            gettext_lazy("Nothing is packed."),
        ),
    )
}

CANCEL = Act(
    *("cancel", Verb.CANCEL, pgettext_lazy("order", "Cancel"), "cross", "c"),
    gettext_lazy("What is cancelled is not delivered any more, and what was set aside for it is free again. This cannot be taken back."),
    NOTHING_OPEN,
)
RETURN = Act(
    *("return_goods", Verb.RETURN, gettext_lazy("Return"), "left", "r"),
    gettext_lazy("Makes a return: the goods go back to the batches that they came from, and what was invoiced for them is paid back."),
    gettext_lazy("Nothing of the order is invoiced that could come back."),
)


def room_for(verb: Verb, standings: Sequence[Standing]) -> Decimal:
    """How much the verb could move, over all lines that it serves."""
    transition = TRANSITIONS[verb]
    served = (one for one in standings if transition.serves(DeliveryMode(one.mode), is_return=one.is_return))
    return sum((movable(one.stages, verb) for one in served), Decimal(0))


def why_closed(order: CustomerOrder, in_work: bool) -> str:
    """Why nothing can be done with the order now, '' when something can."""
    if in_work:
        return gettext("A delivery of the order is in work.")
    if order.order.status == SalesOrder.Status.INVOICED:
        return gettext("The order is invoiced.")
    return gettext("The order is cancelled.") if order.order.status == SalesOrder.Status.CANCELLED else ""


def actions_for(access: Access, order: CustomerOrder, standings: Sequence[Standing], *, in_work: bool) -> list[Action]:
    """The buttons of an order's page, those possible now first; an order that only brings goods back has other ones."""
    closed = why_closed(order, in_work)
    comes_back = any(one.is_return for one in standings) and all(one.is_return for one in standings)
    found = []
    for act in (*ACTS.values(), CANCEL, RETURN):
        if act is RETURN:
            words = "" if any(one.returnable > 0 and not one.is_return for one in standings) else str(act.nothing)
        elif act is CANCEL or comes_back == (act.verb is Verb.RETURN):
            words = closed or ("" if room_for(act.verb, standings) else str(act.nothing))
        else:
            continue
        if not access.may(act.url_name, "POST"):
            words = gettext("You have no right to do this.")
        url = reverse(act.url_name, args=[order.pk])
        found.append(Action(act.name, icon=act.icon, key=act.key, url=url, primary=act.at_till and not words, refusal=words))
    found.append(edit_action(access, order, closed))
    found.append(Action(gettext("Print"), icon="receipt", key="t", url=reverse("customer_orders:confirmation", args=[order.pk])))
    return sorted(found, key=lambda action: bool(action.refusal))


def edit_action(access: Access, order: CustomerOrder, closed: str) -> Action:
    """The button of the form."""
    refused = closed if access.may("customer_orders:edit", "POST") else gettext("You have no right to do this.")
    return Action(gettext("Edit"), icon="settings", key="e", url=reverse("customer_orders:edit", args=[order.pk]), refusal=refused)
