"""Rights: who may open the pages that assemble all apps: home, setup, users, tokens, import and the HTTP API."""

from core.access.pages import ANYBODY, BY_TOKEN, OF_ITS_KIND, SIGNED_IN, Requirement
from core.access.rights import rights

INBOX = ("list_causes", "list_cause_documents", "replay_cause", "correct_cause", "assign_cause", "note_cause", "snooze_cause")
PAGES: dict[str, Requirement] = {
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
    # Import
    "imports:start": ("statements.view_statement", "statements.import_data"),
    "imports:detail": "statements.view_statement",
    "imports:apply": "statements.import_data",
    "imports:template": "statements.view_statement",
    "imports:source": "statements.view_statement",
    "imports:of_job": SIGNED_IN,
    "imports:evidence": "statements.view_statement",
    "imports:evidence_of_batch": "statements.view_recall",
    "imports:evidence_of_period": "statements.view_recall",
    "imports:columns": ("statements.view_statement", "exchange.add_importprofile"),
    # Differences that recounts found
    "integrity:differences": "integrity.view_keptdifference",
    "integrity:difference": ("integrity.view_keptdifference", "integrity.change_keptdifference"),
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
    "setup:import-profiles": "exchange.view_importprofile",
    "setup:new": OF_ITS_KIND,
    "setup:open": OF_ITS_KIND,
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
            *(
                "api:send_transactions",
                "api:list_statements",
                "api:post_statement",
                "api:discard_statement_orders",
                "api:calculate_statements",
                "api:repair_statement",
                "api:reverse_journal",
                "api:correct_transactions",
                "api:accept_difference",
                "api:approve_statement_fallback",
                "api:approve_order_fallback",
                "api:count_tender",
                "api:enter_z_report",
                "api:reverse_statement",
                "api:reverse_transaction",
                "api:reverse_delivery",
                "api:list_on_hand",
            ),
            *("api:list_recalls", "api:post_journals", "api:post_receipts"),
            *("api:list_expiring_stock", "api:list_fallback_budget"),
            *("api:list_batch_debt", "api:list_fiscal_periods", "api:set_fiscal_period", "api:list_late_documents", "api:list_journals"),
            "api:preview_statements",
            *(f"api:{name}" for name in INBOX),
        ),
        BY_TOKEN,
    ),
    "api:get_job": BY_TOKEN,
}

# Tokens of the HTTP API and profiles of imports have their pages here.
RIGHTS = (
    ("auditor administrator", rights("calls", "view", "token")),
    ("administrator", rights("calls", "add change", "token")),
    ("clerk poster inventory_controller auditor administrator", rights("exchange", "view", "importprofile")),
    ("inventory_controller administrator", rights("exchange", "add change", "importprofile")),
    ("inventory_controller auditor administrator", rights("integrity", "view", "keptdifference")),
    ("inventory_controller administrator", rights("integrity", "change", "keptdifference")),
)
