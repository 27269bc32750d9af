"""Rights: who may open the pages of the ledger."""

from core.access.pages import Requirement
from core.access.rights import rights

PAGES: dict[str, Requirement] = {
    # Ledger
    "ledger:vouchers": "ledger.view_voucher",
    "ledger:voucher": "ledger.view_voucher",
    "ledger:posting_accounts": "parameters.view_retailparameters",
}

RIGHTS = (
    ("clerk poster auditor administrator", rights("ledger", "view", "mainaccount postingprofile fiscalperiod voucher")),
    ("administrator", rights("ledger", "add change", "mainaccount postingprofile fiscalperiod")),
)
