"""Who may open the pages of the ledger."""

from core.access.pages import Need

PAGES: dict[str, Need] = {
    # Ledger
    "ledger:vouchers": "ledger.view_voucher",
    "ledger:voucher": "ledger.view_voucher",
    "ledger:posting_accounts": "parameters.view_retailparameters",
}
