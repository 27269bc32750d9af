"""What people can do with one statement before it is posted: the buttons and what they ask."""

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_lazy
from django_stubs_ext import StrPromise

from core.access.access import Access
from core.i18n.messages import render
from core.lib.actions import Action
from statements.models import Statement
from statements.queries.pages import Tally
from statements.rules.states import PostState, Situation, discard_refusal, hold_refusal, is_reversible, take_back_refusal


@dataclass(frozen=True, slots=True)
class Verb:
    """Something that a person does with a statement after a question; `page` is the url name, and the id of its dialog."""

    page: str
    name: StrPromise
    icon: str
    key: str
    question: StrPromise

    @property
    def url_name(self) -> str:
        """The name in the page table."""
        return f"statements:{self.page}"


VERBS = (
    Verb(
        "clear",
        gettext_lazy("Clear"),
        "cross",
        "l",
        gettext_lazy("Takes all transactions off the statement. They wait for the next calculation, which uses this statement again."),
    ),
    Verb(
        "recalculate",
        gettext_lazy("Recalculate"),
        "calculator",
        "r",
        gettext_lazy("Makes the lines per payment method and the totals anew from the transactions that are on the statement."),
    ),
    Verb(
        "revalidate",
        gettext_lazy("Revalidate"),
        "check",
        "v",
        gettext_lazy("Runs the rules on the transactions of the statement. Those with an error leave it; the rest is calculated."),
    ),
    Verb(
        "hold",
        gettext_lazy("Hold failing transactions"),
        "clock",
        "o",
        gettext_lazy(
            "Moves the transactions that cannot be posted to a supplementary statement, so that the rest of the day can be posted."
        ),
    ),
    Verb(
        "discard_orders",
        gettext_lazy("Delete customer orders"),
        "cross",
        "x",
        gettext_lazy(
            "Deletes the sales orders that are not invoiced. What they sold waits for the next calculation; what is invoiced stays."
        ),
    ),
)


def situation_of(statement: Statement) -> Situation:
    """Where the statement stands, as the rules of states see it."""
    return Situation(statement.work_state, bool(statement.failed_state), statement.post_state == PostState.POSTED)


def verbs_for(access: Access, statement: Statement, situation: Situation, tally: Tally) -> list[tuple[Verb, Action]]:
    """The verbs with their buttons, those possible now first: each opens its dialog, or says why it is not possible now."""
    taken = take_back_refusal(situation, statement.post_state, has_orders=bool(tally.orders))
    refusals = {
        "hold": hold_refusal(situation, statement.failed_state),
        "discard_orders": discard_refusal(situation, has_open_orders=bool(tally.open_orders)),
    }
    found = []
    for verb in VERBS:
        refusal = refusals.get(verb.page, taken)
        words = render(refusal) if refusal else ""
        if not access.may(verb.url_name, "POST"):
            words = gettext("You have no right to do this.")
        found.append((verb, Action(verb.name, icon=verb.icon, key=verb.key, dialog=f"{verb.page}-dialog", refusal=words)))
    return sorted(found, key=lambda pair: bool(pair[1].refusal))


def refusal_to_reverse(statement: Statement) -> str:
    """Why a statement cannot be reversed now; '' when it can."""
    if statement.reversal_id is not None:
        return gettext("The statement is reversed.")
    return "" if is_reversible(situation_of(statement), statement.post_state) else gettext("The statement is not posted.")


def action_to_reverse(access: Access, refusal: str, url: str) -> Action:
    """The button that leads to the page; it says why where it cannot."""
    if not access.may("statements:reverse", "POST"):
        refusal = gettext("You have no right to reverse what is posted.")
    return Action(gettext("Reverse"), icon="undo", key="u", url=url, refusal=refusal)
