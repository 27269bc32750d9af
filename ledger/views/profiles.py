"""Fragments about accounts that other pages show."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_stubs_ext import StrPromise

from core.access.access import access_of
from ledger.models import PostingProfile
from ledger.queries import profiles_for_page
from parameters.queries import company_for

# Fast tab of Retail parameters -> the postings that it is about, and a sentence on when they are made.
PARTS: dict[str, tuple[tuple[PostingProfile.PostingType, ...], StrPromise]] = {
    "invoice": (
        (
            PostingProfile.PostingType.CLEARING,
            PostingProfile.PostingType.REVENUE,
            PostingProfile.PostingType.SALES_TAX,
            PostingProfile.PostingType.COST_OF_GOODS,
            PostingProfile.PostingType.INVENTORY,
        ),
        gettext_lazy("Each sales order of a statement gets one invoice, posted to these accounts. The tax of the till is kept."),
    ),
    "periodic_discount": (
        (PostingProfile.PostingType.DISCOUNT,),
        gettext_lazy(
            "With an account here, the discounts of a statement get a voucher of their own, and revenue is shown before discounts; "
            "without one, revenue stays net of discounts."
        ),
    ),
    "gift_card": (
        (PostingProfile.PostingType.GIFT_CARD,),
        gettext_lazy("What customers pay with gift cards reduces this liability. A statement is not posted while the account is missing."),
    ),
}


@require_safe
@never_cache
def show_posting_accounts(request: HttpRequest) -> HttpResponse:
    """The accounts behind a fast tab of Retail parameters; at most two queries."""
    part = request.GET.get("part", "")
    part = part if part in PARTS else "invoice"
    kinds, words = PARTS[part]
    company = company_for(access_of(request), request.GET.get("company"))
    profiles = {profile.posting_type: profile for profile in profiles_for_page(company.pk, kinds)} if company else {}
    rows = [(kind.label, profiles.get(kind.value)) for kind in kinds]
    context = {"rows": rows, "words": words, "part": part, "fast_tab": f"fast-posting-{part.replace('_', '-')}"}
    return render(request, "ledger/_posting_accounts.html", context)
