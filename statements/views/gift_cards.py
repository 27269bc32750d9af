"""Gift cards: the list with their balances, and one with everything that tills and orders did to it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.access.access import access_of
from core.tables.page import ListPage
from core.tables.views import list_view
from orders.services.gift_cards import block_card
from parameters.queries import company_for
from statements.filters import GiftCardFilter
from statements.queries import gift_cards as queries
from statements.tables import GiftCardTable

GIFT_CARDS = ListPage(
    key="gift-cards",
    view="statements:gift_cards",
    title=gettext_lazy("Gift cards"),
    rows=queries.cards_seen_by,
    annotate_page=queries.add_balances,
    table=GiftCardTable,
    filters=GiftCardFilter,
    sorts=queries.CARD_SORTS,
    default_sort="number",
    quick=("number__startswith",),
    quick_label=gettext_lazy("Number starts with"),
    nothing=(
        gettext_lazy("There are no gift cards yet"),
        gettext_lazy("Tills and orders that name the number of a card when it is sold or paid with bring them."),
    ),
    no_match=gettext_lazy("No gift card matches"),
)

show_gift_cards = list_view(GIFT_CARDS)


@require_safe
@never_cache
def show_gift_card(request: HttpRequest, card_id: int) -> HttpResponse:
    """A card with its balance and its movements; a fixed number of queries."""
    access = access_of(request)
    card = queries.card_for_page(access, card_id)
    if card is None:
        raise Http404
    company, movements = company_for(access), queries.movements_of(access, card_id)
    context = {
        "card": card,
        "currency": company.currency if company else None,
        "movements": movements,
        "switch_fields": {"do": "release" if card.blocked else "block"},
        "balance": movements[0].balance if movements else 0,
    }
    return render(request, "statements/gift_card.html", context)


@require_POST
@never_cache
def switch_gift_card(request: HttpRequest, card_id: int) -> HttpResponse:
    """Blocks a card, or lifts the block."""
    access = access_of(request)
    if queries.card_for_page(access, card_id) is None:
        raise Http404
    block_card(card_id, blocked=request.POST.get("do") == "block", actor=access.user.get_username())
    return redirect("statements:gift_card", card_id)
