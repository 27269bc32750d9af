"""What puts parameters right: Retail parameters with the cursor in the field, or the command."""

from django.utils.text import slugify

from core.lib.messages import Message
from core.lib.ways import CORRECT_ON_THE_FORM, Command, Page, for_codes, merged
from parameters.rules.keys import KEYS

_TAB_OF = {key.field: slugify(key.tab) for key in KEYS}
_COMPANY = {"company": "{company}"}


def setting(field: str, words: Message, *needs: str) -> Page:
    """Retail parameters of the company that it is about, with the cursor in a field."""
    return Page("parameters:retail", words, query={**_COMPANY, "tab": _TAB_OF[field]}, anchor=f"id_{field}", needs=needs)


def tab(name: str, words: Message, *needs: str) -> Page:
    """A tab of Retail parameters of the company that it is about."""
    return Page("parameters:retail", words, query={**_COMPANY, "tab": name}, needs=needs)


_COMMAND = Command("set_parameters KEY=VALUE --legal-entity CODE")
WAYS = merged(
    for_codes("BAD_PARAMETER_VALUE UNKNOWN_PARAMETER PARAMETER_WITHOUT_VALUE LEGAL_ENTITY_NEEDED", CORRECT_ON_THE_FORM, _COMMAND),
    for_codes("RULE_ALWAYS_ON", tab("transaction-validation", Message("Open Transaction validation"))),
    for_codes("CHANGED_MEANWHILE NUMBER_USED", CORRECT_ON_THE_FORM),
    for_codes("DEFAULT_BATCH_NOT_SET NO_PARAMETERS", Command("set_parameters posting.default_batch_id=ID --legal-entity CODE")),
)
