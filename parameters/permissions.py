"""Who may open Retail parameters."""

from core.access.pages import Need

PAGES: dict[str, Need] = {
    # Retail parameters
    "parameters:retail": ("parameters.view_retailparameters", "parameters.change_retailparameters"),
    "parameters:history": "parameters.view_retailparameters",
    "parameters:restore": "parameters.change_retailparameters",
}
