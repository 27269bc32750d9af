"""Which policy groups the flags of the item file stand for."""

from collections.abc import Iterable
from typing import NamedTuple

STANDARD_COST = "standard"
COSTING_METHODS = (STANDARD_COST, "moving_average")

_POLICY_NAMES = {
    "fefo": "First expired, first out",
    "fifo": "First in, first out",
    "lifo": "Last in, first out",
    "batch_number": "Lowest batch number",
}


class ModelGroupFlags(NamedTuple):
    """What an item model group says."""

    negative_physical: bool
    negative_financial: bool
    allocation_policy: str
    costing_method: str

    @property
    def code(self) -> str:
        """The name of a group that an import makes."""
        parts = [self.allocation_policy.upper().replace("_", "-")]
        parts += ["NEG"] if self.negative_physical else []
        parts += ["AVG"] if self.costing_method != STANDARD_COST else []
        return "-".join(parts)

    @property
    def name(self) -> str:
        """The readable name of a group that an import makes."""
        text = _POLICY_NAMES[self.allocation_policy]
        text += ", negative inventory allowed" if self.negative_physical else ""
        return text + (", moving average" if self.costing_method != STANDARD_COST else "")


def wanted_flags(
    current: ModelGroupFlags | None, negative_physical: bool, allocation_policy: str, costing: str | None = None
) -> ModelGroupFlags:
    """The flags that an item's group must have after an import; no `costing` keeps the method that there is.

    An item whose group already says what the file says stays there, so that what was edited apart in setup (financial negative, costing)
    outlives the next import of the same file.
    """
    method = costing or (current.costing_method if current else STANDARD_COST)
    if current and (current.negative_physical, current.allocation_policy) == (negative_physical, allocation_policy):
        return current._replace(costing_method=method)
    return ModelGroupFlags(negative_physical, negative_physical, allocation_policy, method)


def free_code(wanted: str, taken: Iterable[str]) -> str:
    """The code itself, or with a number when somebody gave it to a group of other flags."""
    known = set(taken)
    code, number = wanted, 2
    while code in known:
        code, number = f"{wanted}-{number}", number + 1
    return code
