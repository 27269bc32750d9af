"""Codes of legal entities and their parameters."""

from core.lib.problems import Code, register, register_texts

CHANGED_MEANWHILE = "CHANGED_MEANWHILE"
RULE_ALWAYS_ON = "RULE_ALWAYS_ON"

register(
    Code(
        "UNKNOWN_LEGAL_ENTITY",
        "import",
        "The legal entity is not known.",
        "Import it first (kind legal-entities), or correct its code.",
        {
            "unknown": "There is no legal entity {legal_entity}; import it first (kind legal-entities).",
            "none": "There is no legal entity yet; import one first (kind legal-entities).",
            "imported": "Legal entity {legal_entity} is not known; import it first.",
        },
    ),
    Code(
        "LEGAL_ENTITY_NEEDED",
        "parameters",
        "There are several legal entities and none was named.",
        "Add --legal-entity CODE.",
        "There are several legal entities ({legal_entities}); add --legal-entity CODE.",
    ),
    Code(
        RULE_ALWAYS_ON,
        "parameters",
        "A validation rule that posting relies on cannot be switched off.",
        "Leave it on, and correct what it finds.",
        "Posting relies on {rules}; leave it on.",
    ),
    Code(
        "UNKNOWN_PARAMETER",
        "parameters",
        "There is no such parameter.",
        "Use one of the keys that the message lists.",
        {"unknown": "{name} is no parameter; the keys are {keys}.", "keys": "The keys are {keys}."},
    ),
    Code(
        "PARAMETER_WITHOUT_VALUE",
        "parameters",
        "A parameter was named without a value.",
        "Write KEY=VALUE; KEY= sets a text to blank.",
        {"one": "{assignment} has no value; write KEY=VALUE.", "none": "Write KEY=VALUE; the keys are {keys}."},
    ),
    Code(
        "BAD_PARAMETER_VALUE",
        "parameters",
        "A parameter does not take this value.",
        "Use a value that the message allows.",
        {
            "kind": "{key} cannot be {value}; it takes {allowed}.",
            "unknown_rules": "{key} names {rules}, which are no validation rules; write their codes with commas, or nothing.",
            "too_fine": "{key} of {value} has more decimals than the {decimals} of {currency}; round it.",
        },
    ),
    Code(
        CHANGED_MEANWHILE,
        "parameters",
        "Somebody else saved the parameters in the meantime; nothing was changed.",
        "Look at the values of both and save again.",
        "Somebody else saved these parameters in the meantime; look at both values and save again.",
    ),
)
# The code is one of batch choice (inventory.rules.fallback); here a switch is without its value.
register_texts(
    "DEFAULT_BATCH_NOT_SET",
    {
        "unfilled_posting": "Fill in Default batch id (Posting > Inventory update; {key}) before you switch on its use.",
        "unfilled_customer_orders": "Fill in Default batch id (Customer orders > Order; {key}) before you switch on its use.",
    },
)
