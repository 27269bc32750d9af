"""What puts records of the ledger right; their pages are declared by the project."""

from core.lib.ways import CORRECT_ON_THE_FORM, for_codes

WAYS = for_codes(
    "ACCOUNT_IN_USE ACCOUNT_OF_OTHER_COMPANY COMPANY_IN_USE PAYMENT_METHOD_MISPLACED PERIODS_OVERLAP PERIOD_DATES PERIOD_IN_USE",
    CORRECT_ON_THE_FORM,
)
