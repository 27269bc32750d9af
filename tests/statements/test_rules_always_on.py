"""Some rules cannot be switched off: posting relies on what they make sure of."""

from statements.rules.validation import RULES, rules_for


def test_switched_off_rules_are_left_out_but_for_those_that_posting_needs() -> None:
    everything = frozenset(rule.code for rule in RULES)
    assert [rule.code for rule in rules_for("sale", everything)] == [
        *("H02", "H20", "G02", "CURRENCY_MISMATCH", "OTHER_COMPANY", "L04", "L13", "L14", "L16", "L17", "B01"),
    ]
    assert {rule.code for rule in rules_for("sale", frozenset({"L07"}))} == {
        rule.code for rule in RULES if "sale" in rule.kinds and rule.code != "L07"
    }
