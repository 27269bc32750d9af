"""All masters in groups. Here they learn what higher apps have to say about their changes."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from core.masterdata.declaration import Group, declare, declared
from inventory.records import items, places, policies
from ledger import records as ledger
from orders import records as orders
from parameters import records as parameters
from retailhq.exchange import records as exchange
from statements import records as statements

LEGAL_ENTITIES = replace(
    parameters.LEGAL_ENTITIES,
    within=ledger.own_companies,
    checks=(ledger.currency_in_use,),
    effects=(statements.company_is_open,),
    after_create=ledger.make_books,
)
STORES = replace(orders.STORES, effects=(statements.store_is_open, statements.store_moves))
POSTING_PROFILES = replace(ledger.POSTING_PROFILES, checks=(*ledger.POSTING_PROFILES.checks, orders.payment_method_exists))


declare(
    Group(
        _("Organisation"),
        (
            *(LEGAL_ENTITIES, places.SITES, places.WAREHOUSES, STORES, orders.TERMINALS),
            *(orders.CUSTOMERS, orders.PAYMENT_METHODS),
        ),
    ),
    Group(
        _("Items"),
        (
            *(items.ITEMS, policies.ITEM_GROUPS, policies.ITEM_MODEL_GROUPS, policies.TRACKING_GROUPS, policies.STORAGE_GROUPS),
            *(policies.DISPOSITIONS, parameters.UNITS, items.UNIT_CONVERSIONS),
        ),
    ),
    Group(_("Ledger"), (ledger.MAIN_ACCOUNTS, POSTING_PROFILES, ledger.FISCAL_PERIODS, parameters.NUMBER_SEQUENCES)),
    Group(_("Files"), (exchange.IMPORT_PROFILES,)),
)
RECORDS = declared()
