"""The effect of a change of Retail parameters on statements and transactions, in the words of its confirmation."""

from collections.abc import Sequence
from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access.access import access_of
from core.i18n.texts import count_text as count
from core.i18n.texts import decimal_text as plain
from parameters.queries import company_for, validation_rules
from parameters.rules.effects import Changed, Differences, Document, Effect, ProposedChange
from statements.queries.effects import OpenStatement, kept_off_only_by, open_problem_counts, open_transactions
from statements.services.effects import effects_on_statements

SHOWN = 8
COUNTED = 10_000


def effects_of_change(change: ProposedChange) -> list[Effect]:
    """What the change would do to open statements, then to transactions that are on none."""
    effects = statement_effects(effects_on_statements(change))
    if change.rules_off and (kept := kept_off_only_by(change.legal_entity_id, change.rules_off, COUNTED + 1)):
        text = ngettext(
            "%(count)s transaction is kept off statements only by %(rules)s: the next validation would let it in.",
            "%(count)s transactions are kept off statements only by %(rules)s: the next validation would let them in.",
            kept,
        )
        effects.append(Effect("warn", text % {"count": bounded(kept), "rules": names_of(change.rules_off)}))
    if change.rules_on and (waiting := open_transactions(change.legal_entity_id, COUNTED + 1)):
        text = ngettext(
            "%(count)s transaction that is on no statement yet would be checked by %(rules)s at the next validation.",
            "%(count)s transactions that are on no statement yet would be checked by %(rules)s at the next validation.",
            waiting,
        )
        effects.append(Effect("info", text % {"count": bounded(waiting), "rules": names_of(change.rules_on)}))
    return effects


def statement_effects(found: Differences[OpenStatement]) -> list[Effect]:
    """The sentences about statements, the worst first."""
    if found.is_empty:
        return []
    effects = []
    if found.would_stop:
        text = ngettext("%(count)s statement would stop.", "%(count)s statements would stop.", len(found.would_stop))
        effects.append(effect("bad", text, found.would_stop))
    in_error = [changed for changed in found.would_pass if changed.document.failed_state]
    others = [changed for changed in found.would_pass if not changed.document.failed_state]
    if in_error:
        text = ngettext(
            "%(count)s statement in its error state would go through when it is posted again.",
            "%(count)s statements in their error state would go through when they are posted again.",
            len(in_error),
        )
        effects.append(effect("good", text, in_error))
    if others:
        text = ngettext(
            "%(count)s statement that is not posted yet would go through instead of stopping.",
            "%(count)s statements that are not posted yet would go through instead of stopping.",
            len(others),
        )
        effects.append(effect("good", text, others))
    if found.would_hold:
        text = ngettext(
            "%(count)s statement would leave its failing transactions on a supplement instead of stopping.",
            "%(count)s statements would leave their failing transactions on supplements instead of stopping.",
            len(found.would_hold),
        )
        effects.append(effect("warn", text, found.would_hold))
    effects += default_batch_effects(found)
    if found.looked_at < found.open:
        text = gettext("The earliest %(looked)s of %(open)s open statements were looked at.")
        effects.append(Effect("info", text % {"looked": count(found.looked_at), "open": count(found.open)}))
    return effects


def default_batch_effects(found: Differences[OpenStatement]) -> list[Effect]:
    """What statements that post either way would put on another default batch, or more or less of it."""
    effects = []
    if found.redirected:
        text = ngettext(
            "%(lines)s line of open statements would go to the new default batch.",
            "%(lines)s lines of open statements would go to the new default batch.",
            found.redirected_lines,
        )
        effects.append(effect("warn", text, found.redirected, lines=count(found.redirected_lines)))
    if found.shifted:
        more = found.shifted_quantity >= 0
        text = (
            gettext("%(quantity)s units more, worth %(value)s, would go to the default batch.")
            if more
            else gettext("%(quantity)s units fewer, worth %(value)s, would go to the default batch.")
        )
        figures = {"quantity": plain(abs(found.shifted_quantity)), "value": plain(abs(found.shifted_value))}
        effects.append(effect("warn" if more else "good", text, found.shifted, **figures))
    return effects


def effect(tone: Literal["good", "warn", "bad", "info"], text: str, changed: Sequence[Changed[OpenStatement]], **figures: str) -> Effect:
    """The sentence with the first statements that it speaks of."""
    documents = tuple(
        Document(one.document.number, reverse("statements:detail", args=[one.document.statement_id]), one.code) for one in changed[:SHOWN]
    )
    return Effect(tone, text % {"count": count(len(changed)), **figures}, documents, max(0, len(changed) - SHOWN))


def bounded(number: int) -> str:
    """A count, exact up to the limit."""
    return f"{count(COUNTED)}+" if number > COUNTED else count(number)


def names_of(codes: frozenset[str]) -> str:
    """The rules by code."""
    return ", ".join(sorted(codes))


@require_safe
@never_cache
def show_problem_counts(request: HttpRequest) -> HttpResponse:
    """For the Transaction validation tab: open problems of each rule, each into its own cell; two queries."""
    company = company_for(access_of(request), request.GET.get("company"))
    found = open_problem_counts(company.pk) if company else {}
    context = {"counts": [(rule.code, found.get(rule.code, 0)) for rule in validation_rules()]}
    return render(request, "statements/_problem_counts.html", context)
