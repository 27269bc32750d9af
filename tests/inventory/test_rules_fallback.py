"""The truth table of the fallback: switch x negative x value x scope x location; the order of codes is that of docs/domain.md#fallback."""

from dataclasses import replace
from itertools import product

import pytest

from core.lib.problems import REGISTRY
from inventory.rules.allocation import decide
from inventory.rules.fallback import blind_return_refusal, fallback_refusal, location_forbids_negative, negative_refusal
from inventory.rules.stock import FallbackSettings, StockPolicy
from tests.inventory.shelf import FALLS_BACK, ITEM, OPEN, WAREHOUSE, need, stock

SWITCH = {"switch off": False, "switch on": True}
NEGATIVE = {"negative forbidden": False, "negative allowed": True}
VALUE = {"no value": "", "value": "DEF"}
SCOPE = {"scope all": False, "scope advanced": True}
PLACE = {"plain": (False, False), "wms": (True, False), "plates": (True, True), "plates without wms": (False, True)}


def expected_code(switch: bool, negative: bool, value: str, advanced_only: bool, place: tuple[bool, bool]) -> str:
    """The normative order of the codes, one sentence each."""
    advanced, plates = place
    in_order = (
        ("NO_VALID_BATCH", not switch),
        ("NEGATIVE_NOT_ALLOWED", not negative),
        ("DEFAULT_BATCH_NOT_SET", not value),
        ("DEFAULT_BATCH_OUT_OF_SCOPE", advanced_only and not advanced),
        ("LOCATION_CANNOT_GO_NEGATIVE", advanced and plates),
    )
    return next((code for code, applies in in_order if applies), "")


ROWS = [
    pytest.param(*row, id=", ".join(names))
    for names, row in zip(
        product(SWITCH, NEGATIVE, VALUE, SCOPE, PLACE),
        product(SWITCH.values(), NEGATIVE.values(), VALUE.values(), SCOPE.values(), PLACE.values()),
        strict=True,
    )
]


def setup(switch: bool, negative: bool, value: str, advanced_only: bool, place: tuple[bool, bool]) -> tuple[StockPolicy, FallbackSettings]:
    policy = replace(OPEN, negative_physical=negative, advanced=place[0], plate_controlled=place[1])
    return policy, FallbackSettings(switch, value, advanced_only)


@pytest.mark.parametrize(("switch", "negative", "value", "advanced_only", "place"), ROWS)
def test_what_no_valid_batch_covers(switch: bool, negative: bool, value: str, advanced_only: bool, place: tuple[bool, bool]) -> None:
    policy, settings = setup(switch, negative, value, advanced_only, place)
    code = expected_code(switch, negative, value, advanced_only, place)
    assert fallback_refusal(policy, settings) == code
    decision = decide((need(1, 2),), {(WAREHOUSE, ITEM): stock(policy=policy)}, {}, settings)
    assert [failure.code for failed in decision.failures.values() for failure in failed] == ([code] if code else [])


@pytest.mark.parametrize(("switch", "negative", "value", "advanced_only", "place"), ROWS)
def test_what_comes_back_blind(switch: bool, negative: bool, value: str, advanced_only: bool, place: tuple[bool, bool]) -> None:
    """A return needs the batch, never the permission to go below zero; plates do not matter to what comes in."""
    policy, settings = setup(switch, negative, value, advanced_only, place)
    code = "" if switch and value else "DEFAULT_BATCH_NOT_SET"
    if not code and advanced_only and not place[0]:
        code = "DEFAULT_BATCH_OUT_OF_SCOPE"
    assert blind_return_refusal(policy, settings) == code


@pytest.mark.parametrize("negative", [True, False])
@pytest.mark.parametrize("place", PLACE.values(), ids=PLACE)
def test_stock_without_a_fallback(negative: bool, place: tuple[bool, bool]) -> None:
    """Untracked items and captured batches: the caller's code, then the location."""
    policy = replace(OPEN, negative_physical=negative, advanced=place[0], plate_controlled=place[1])
    assert location_forbids_negative(policy) is (place == (True, True))
    assert negative_refusal(policy, "ANY") == ("ANY" if not negative else "LOCATION_CANNOT_GO_NEGATIVE" if all(place) else "")


@pytest.mark.parametrize(
    ("financial", "there", "wanted", "code"),
    [
        (True, 0, 5, ""),
        (False, 5, 5, ""),
        (False, 4, 5, "FINANCIAL_NEGATIVE_NOT_ALLOWED"),
        (False, -1, 1, "FINANCIAL_NEGATIVE_NOT_ALLOWED"),
    ],
)
def test_financial_negative_is_asked_last(financial: bool, there: int, wanted: int, code: str) -> None:
    policy = replace(OPEN, negative_financial=financial)
    decision = decide((need(1, wanted),), {(WAREHOUSE, ITEM): stock(policy=policy, blank=there)}, {}, FALLS_BACK)
    assert [failure.code for failed in decision.failures.values() for failure in failed] == ([code] if code else [])
    forbidden = replace(policy, negative_physical=False)
    if code:
        decision = decide((need(1, wanted),), {(WAREHOUSE, ITEM): stock(policy=forbidden, blank=there)}, {}, FALLS_BACK)
        assert [failure.code for failed in decision.failures.values() for failure in failed] == ["NEGATIVE_NOT_ALLOWED"]


def test_every_code_says_what_to_do() -> None:
    codes = (
        "NO_VALID_BATCH",
        "NEGATIVE_NOT_ALLOWED",
        "DEFAULT_BATCH_NOT_SET",
        "DEFAULT_BATCH_OUT_OF_SCOPE",
        "LOCATION_CANNOT_GO_NEGATIVE",
        "FINANCIAL_NEGATIVE_NOT_ALLOWED",
        "CAPTURED_BATCH_SHORT",
        "RETURN_OF_UNPOSTED_SALE",
        "RETURN_EXCEEDS_SALE",
    )
    for code in codes:
        assert REGISTRY[code].area == "posting"
        assert REGISTRY[code].remedy.endswith("then post again.")
