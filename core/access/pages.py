"""The page table: every url name with the right it needs. A page that is not in it is refused to everybody.

A right is `app.codename`; ANYBODY needs no sign-in, SIGNED_IN any signed-in person. Where looking and changing differ, a pair says the
right for GET and the right for everything else. OF_ITS_KIND: one page for many models, which asks for the right of the model itself
(`access.has`). BY_TOKEN: an address of the HTTP API, which asks for a token by itself and knows no sign-in.
"""

from typing import Final

ANYBODY: Final = "anybody"
SIGNED_IN: Final = "signed in"
OF_ITS_KIND: Final = "of its kind"
BY_TOKEN: Final = "by token"
Need = str | tuple[str, str]

PAGES: dict[str, Need] = {
    # Frame
    "sign_in": ANYBODY,
    "sign_out": SIGNED_IN,
    "password_change": SIGNED_IN,
    "password_reset": ANYBODY,
    "password_reset_sent": ANYBODY,
    "password_reset_confirm": ANYBODY,
    "health": ANYBODY,
    "home:start": SIGNED_IN,
    "home:theme": SIGNED_IN,
    "home:company": SIGNED_IN,
    "home:store": SIGNED_IN,
    "home:search": SIGNED_IN,
    "set_language": ANYBODY,
    # Users and the audit trail
    "access:users": "auth.view_user",
    "access:user_create": "auth.add_user",
    "access:user": ("auth.view_user", "auth.change_user"),
    "access:user_password": "auth.change_user",
    "access:user_unlock": "auth.change_user",
    "access:audit": "access.view_auditentry",
    # Tokens of the HTTP API
    "tokens:list": "calls.view_token",
    "tokens:new": "calls.add_token",
    "tokens:revoke": "calls.change_token",
    # Statements and POS transactions
    "statements:list": "statements.view_statement",
    "statements:detail": "statements.view_statement",
    "statements:live": "statements.view_statement",
    "statements:preview": "statements.view_statement",
    "statements:clear": "statements.clear_statement",
    "statements:recalculate": "statements.calculate_statement",
    "statements:revalidate": "statements.validate_transactions",
    "statements:hold": "statements.hold_transactions",
    "statements:post": "statements.post_statement",
    "statements:post_selected": "statements.post_statement",
    "statements:calculate": "statements.calculate_statement",
    "statements:validate": "statements.validate_transactions",
    "statements:revalidate_selected": "statements.validate_transactions",
    "statements:stopped_note": "statements.view_statement",
    "statements:problem_counts": "parameters.view_retailparameters",
    "statements:transactions": "statements.view_postransaction",
    "statements:transaction": "statements.view_postransaction",
    "statements:problems": "statements.view_validationproblem",
    "statements:causes": "statements.view_validationproblem",
    # Customer orders, sales orders and invoices
    "customer_orders:list": "orders.view_customerorder",
    "customer_orders:detail": "orders.view_customerorder",
    "customer_orders:live": "orders.view_customerorder",
    "customer_orders:pending": "orders.view_pendingorder",
    "customer_orders:pending_one": ("orders.view_pendingorder", "orders.change_pendingorder"),
    "customer_orders:synchronize_pending": "orders.change_pendingorder",
    "customer_orders:hold_pending": "orders.change_pendingorder",
    "customer_orders:release_pending": "orders.change_pendingorder",
    "customer_orders:retry_pending": "orders.change_pendingorder",
    "customer_orders:discard_pending": "orders.change_pendingorder",
    "customer_orders:invoice_selected": "orders.add_delivery",
    "customer_orders:confirmation": "orders.view_customerorder",
    "customer_orders:confirmation_pdf": "orders.view_customerorder",
    "customer_orders:new": "orders.add_customerorder",
    "customer_orders:edit": "orders.change_customerorder",
    "customer_orders:pick": "orders.change_customerorder",
    "customer_orders:unpick": "orders.change_customerorder",
    "customer_orders:pack": "orders.change_customerorder",
    "customer_orders:unpack": "orders.change_customerorder",
    "customer_orders:ship": "orders.add_delivery",
    "customer_orders:pick_up": "orders.add_delivery",
    "customer_orders:invoice": "orders.add_delivery",
    "customer_orders:take_back": "orders.add_delivery",
    "customer_orders:cancel": "orders.change_customerorder",
    "customer_orders:return_goods": "orders.add_delivery",
    "orders:list": "orders.view_salesorder",
    "orders:detail": "orders.view_salesorder",
    "orders:invoices": "orders.view_invoice",
    "orders:invoice": "orders.view_invoice",
    "orders:invoice_print": "orders.view_invoice",
    "orders:invoice_pdf": "orders.view_invoice",
    # Inventory
    "inventory:items": "inventory.view_item",
    "inventory:item": "inventory.view_item",
    "inventory:batches": "inventory.view_batch",
    "inventory:batch": "inventory.view_batch",
    "inventory:batch_edit": ("inventory.view_batch", "inventory.change_batch"),
    "inventory:batch_history": "inventory.view_batch",
    "inventory:on_hand": "inventory.view_onhand",
    "inventory:transactions": "inventory.view_inventorytransaction",
    "inventory:default_batch_note": "parameters.view_retailparameters",
    "inventory:policies": "parameters.view_retailparameters",
    # Ledger
    "ledger:vouchers": "ledger.view_voucher",
    "ledger:voucher": "ledger.view_voucher",
    "ledger:posting_accounts": "parameters.view_retailparameters",
    # Jobs: everybody sees their own, `jobs.view_job` is the right to see those of others
    "jobs:list": SIGNED_IN,
    "jobs:bell": SIGNED_IN,
    "jobs:latest": SIGNED_IN,
    "jobs:detail": SIGNED_IN,
    "jobs:cancel": SIGNED_IN,
    "jobs:repeat": SIGNED_IN,
    "jobs:file": SIGNED_IN,
    "jobs:recurrences": "jobs.manage_recurrence",
    "jobs:new_recurrence": "jobs.manage_recurrence",
    "jobs:recurrence": "jobs.manage_recurrence",
    "jobs:delete_recurrence": "jobs.manage_recurrence",
    "jobs:pause": "jobs.manage_recurrence",
    "jobs:run_now": "jobs.manage_recurrence",
    # Import
    "imports:start": ("statements.view_statement", "statements.import_data"),
    "imports:detail": "statements.view_statement",
    "imports:apply": "statements.import_data",
    "imports:template": "statements.view_statement",
    "imports:source": "statements.view_statement",
    "imports:of_job": SIGNED_IN,
    # Setup: a list for each master, and one set of pages for all, which ask for the right to the master's model; the index shows what the
    # person may see
    "setup:index": SIGNED_IN,
    "setup:legal-entities": "parameters.view_legalentity",
    "setup:sites": "inventory.view_site",
    "setup:warehouses": "inventory.view_warehouse",
    "setup:stores": "orders.view_store",
    "setup:terminals": "orders.view_terminal",
    "setup:payment-methods": "orders.view_paymentmethod",
    "setup:items": "inventory.view_item",
    "setup:item-groups": "inventory.view_itemgroup",
    "setup:item-model-groups": "inventory.view_itemmodelgroup",
    "setup:tracking-groups": "inventory.view_trackinggroup",
    "setup:storage-groups": "inventory.view_storagegroup",
    "setup:dispositions": "inventory.view_disposition",
    "setup:units": "parameters.view_unit",
    "setup:unit-conversions": "inventory.view_unitconversion",
    "setup:customers": "orders.view_customer",
    "setup:accounts": "ledger.view_mainaccount",
    "setup:posting-profiles": "ledger.view_postingprofile",
    "setup:fiscal-periods": "ledger.view_fiscalperiod",
    "setup:number-sequences": "parameters.view_numbersequence",
    "setup:new": OF_ITS_KIND,
    "setup:edit": OF_ITS_KIND,
    "setup:switch": OF_ITS_KIND,
    "setup:history": OF_ITS_KIND,
    # The HTTP API; its description is for everybody
    "api:openapi-json": ANYBODY,
    "api:docs": ANYBODY,
    "api:api-root": BY_TOKEN,
    "api:unknown": BY_TOKEN,
    "api:place_customer_orders": BY_TOKEN,
    "api:get_pending_order": BY_TOKEN,
    "api:get_customer_order": BY_TOKEN,
    **dict.fromkeys(
        (
            *(
                f"api:{verb}_customer_order"
                for verb in ["invoice", "ship", "pick_up", "pick", "unpick", "pack", "unpack", "cancel", "return"]
            ),
            *("api:send_transactions", "api:list_statements", "api:post_statement", "api:list_on_hand"),
        ),
        BY_TOKEN,
    ),
    "api:get_job": BY_TOKEN,
    # Retail parameters
    "parameters:retail": ("parameters.view_retailparameters", "parameters.change_retailparameters"),
    "parameters:history": "parameters.view_retailparameters",
    "parameters:restore": "parameters.change_retailparameters",
}


def need_of(url_name: str, method: str = "GET") -> str | None:
    """What a request of that method needs; None for a page that nobody may open."""
    need = PAGES.get(url_name)
    if isinstance(need, tuple):
        return need[0] if method in {"GET", "HEAD", "OPTIONS"} else need[1]
    return need
