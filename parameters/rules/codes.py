"""Codes of legal entities and their parameters."""

from core.lib.problems import Code, register

CHANGED_MEANWHILE = "CHANGED_MEANWHILE"
RULE_ALWAYS_ON = "RULE_ALWAYS_ON"

register(
    Code("UNKNOWN_LEGAL_ENTITY", "import", "The legal entity is not known.", "Import it first (kind legal-entities), or correct its code."),
    Code("LEGAL_ENTITY_NEEDED", "parameters", "There are several legal entities and none was named.", "Add --legal-entity CODE."),
    Code(
        RULE_ALWAYS_ON,
        "parameters",
        "A validation rule that posting relies on cannot be switched off.",
        "Leave it on, and correct what it finds.",
    ),
    Code("UNKNOWN_PARAMETER", "parameters", "There is no such parameter.", "Use one of the keys that the message lists."),
    Code("PARAMETER_WITHOUT_VALUE", "parameters", "A parameter was named without a value.", "Write KEY=VALUE; KEY= sets a text to blank."),
    Code("BAD_PARAMETER_VALUE", "parameters", "A parameter does not take this value.", "Use a value that the message allows."),
    Code(
        CHANGED_MEANWHILE,
        "parameters",
        "Somebody else saved the parameters in the meantime; nothing was changed.",
        "Look at the values of both and save again.",
    ),
)
