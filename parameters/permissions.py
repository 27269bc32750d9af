"""Who may open Retail parameters."""

from core.access.pages import Requirement
from core.access.rights import rights

PAGES: dict[str, Requirement] = {
    # Retail parameters
    "parameters:retail": ("parameters.view_retailparameters", "parameters.change_retailparameters"),
    "parameters:history": "parameters.view_retailparameters",
    "parameters:restore": "parameters.change_retailparameters",
}

_SETTINGS = "legalentity retailparameters numbersequence unit currency"
_MASTERS = "legalentity numbersequence unit currency"
RIGHTS = (
    ("clerk poster inventory_controller auditor administrator", rights("parameters", "view", _SETTINGS)),
    ("administrator", rights("parameters", "add change", _MASTERS) | rights("parameters", "change", "retailparameters")),
)
