"""The ledger's tables refuse what no posting may do, also from queries that bypass the models."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations import RunSQL
from django.db.migrations.executor import MigrationExecutor

from core.db.bulk import copy_rows, execute
from ledger.models import FiscalPeriod, MainAccount, Voucher, VoucherLine
from tests.factories import FiscalPeriodFactory, LegalEntityFactory, MainAccountFactory, VoucherFactory, make_voucher

pytestmark = pytest.mark.django_db

Line = tuple[int, str, str]


def copy_lines(account: MainAccount, vouchers: dict[Voucher, Sequence[Line]]) -> None:
    """Writes (line number, debit, credit) of vouchers in one COPY, as posting does."""
    rows = [(voucher.pk, number, account.pk, debit, credit, "") for voucher, lines in vouchers.items() for number, debit, credit in lines]
    copy_rows("ledger_voucherline", ("voucher_id", "line_number", "account_id", "debit", "credit", "text"), rows)


@pytest.mark.parametrize(
    "lines",
    [
        [(1, "5.00", "0"), (2, "0", "5.00")],
        [(1, "5.00", "0"), (2, "0", "4.99"), (3, "0", "0.01")],
        [(2, "0", "5.00"), (1, "5.00", "0")],
        [(1, "0", "0")],
    ],
)
def test_balanced_vouchers_are_taken(lines: list[Line]) -> None:
    voucher = VoucherFactory.create()
    copy_lines(MainAccountFactory.create(), {voucher: lines})
    assert voucher.lines.count() == len(lines)


@pytest.mark.parametrize(
    "lines",
    [
        [(1, "5.00", "0")],
        [(1, "5.00", "0"), (2, "0", "4.99")],
        [(1, "0", "5.00"), (2, "0", "5.00")],
        [(2, "5.00", "0"), (3, "0", "5.00")],
    ],
)
def test_other_vouchers_are_refused(lines: list[Line]) -> None:
    good, bad = VoucherFactory.create(number="GOOD"), VoucherFactory.create(number="BAD")
    with pytest.raises(IntegrityError, match="voucher BAD is refused"), transaction.atomic():
        copy_lines(MainAccountFactory.create(), {good: [(1, "1", "0"), (2, "0", "1")], bad: lines})
    assert not VoucherLine.objects.exists()


def test_unbalanced_lines_of_the_models_are_refused() -> None:
    line = VoucherLine(voucher=VoucherFactory.create(), line_number=1, account=MainAccountFactory.create(), debit=Decimal(1))
    with pytest.raises(IntegrityError, match="is refused"):
        line.save()


@pytest.mark.parametrize("lines", [[(3, "1", "0"), (4, "0", "1")], [(1, "1", "0"), (3, "0", "1")], [(3, "0", "0")]])
def test_nothing_is_added_to_a_voucher_later(lines: list[Line]) -> None:
    account = MainAccountFactory.create()
    voucher = make_voucher([(account, Decimal(5)), (account, Decimal(-5))])
    with pytest.raises(IntegrityError, match=r"is refused|voucher_line_once"), transaction.atomic():
        copy_lines(account, {voucher: lines})
    copy_lines(account, {VoucherFactory.create(): [(1, "1", "0"), (2, "0", "1")]})


@pytest.mark.parametrize("table", ["ledger_voucher", "ledger_voucherline"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "DELETE FROM {} WHERE false"])
def test_vouchers_are_insert_only(table: str, change: str) -> None:
    account = MainAccountFactory.create()
    make_voucher([(account, Decimal(5)), (account, Decimal(-5))])
    with pytest.raises(IntegrityError, match=f"{table} is refused: a voucher is corrected by its reversal"):
        execute(change.format(table))


def test_vouchers_are_insert_only_for_the_models() -> None:
    voucher = VoucherFactory.create()
    with pytest.raises(IntegrityError, match="is refused"), transaction.atomic():
        voucher.save()
    with pytest.raises(IntegrityError, match="is refused"), transaction.atomic():
        voucher.delete()
    assert Voucher.objects.exists()


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2024, 5, 1), date(2024, 5, 31)),
        (date(2024, 4, 1), date(2024, 5, 1)),
        (date(2024, 5, 31), date(2024, 6, 30)),
        (date(2024, 5, 10), date(2024, 5, 10)),
        (date(1, 1, 1), date(9999, 12, 31)),
    ],
)
def test_periods_do_not_overlap(starts_on: date, ends_on: date) -> None:
    period = FiscalPeriodFactory.create()
    with pytest.raises(IntegrityError, match=r"period_overlaps_none|period_once"), transaction.atomic():
        FiscalPeriodFactory.create(legal_entity=period.legal_entity, starts_on=starts_on, ends_on=ends_on)
    FiscalPeriodFactory.create(starts_on=starts_on, ends_on=ends_on)


def test_periods_may_touch_and_leave_gaps() -> None:
    company = LegalEntityFactory.create()
    for starts_on, ends_on in (
        ((2024, 5, 1), (2024, 5, 31)),
        ((2024, 6, 1), (2024, 6, 30)),
        ((2024, 4, 30), (2024, 4, 30)),
        ((1, 1, 1), (2023, 12, 31)),
    ):
        FiscalPeriodFactory.create(legal_entity=company, starts_on=date(*starts_on), ends_on=date(*ends_on))
    assert FiscalPeriod.objects.count() == 4


def test_a_period_cannot_grow_into_the_next() -> None:
    period = FiscalPeriodFactory.create()
    FiscalPeriodFactory.create(legal_entity=period.legal_entity, starts_on=date(2024, 6, 1), ends_on=date(2024, 6, 30))
    with pytest.raises(IntegrityError, match="period_overlaps_none"), transaction.atomic():
        FiscalPeriod.objects.filter(pk=period.pk).update(ends_on=date(2024, 6, 1))
    FiscalPeriod.objects.filter(pk=period.pk).update(ends_on=date(2024, 5, 30), status="closed")


def test_the_last_day_of_one_legal_entity_is_far_from_the_first_of_the_next() -> None:
    first = LegalEntityFactory.create()
    second = LegalEntityFactory.create(pk=first.pk + 1)
    for company in (first, second):
        FiscalPeriodFactory.create(legal_entity=company, starts_on=date(1, 1, 1), ends_on=date(9999, 12, 31))
    assert FiscalPeriod.objects.count() == 2


def test_a_period_that_ends_before_it_starts_has_its_own_message() -> None:
    with pytest.raises(IntegrityError, match="period_ends_after_start"):
        FiscalPeriodFactory.create(starts_on=date(2024, 5, 2), ends_on=date(2024, 5, 1))


def test_guards_can_be_taken_back_and_put_up_again() -> None:
    """The reverse SQL of every app's guards leaves nothing behind, and the forward SQL runs again after it."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    steps = (step for migration, _ in plan for step in migration.operations if isinstance(step, RunSQL))
    guards = [(str(step.sql), str(step.reverse_sql)) for step in steps if "CREATE TRIGGER" in str(step.sql)]
    count = "SELECT count(*) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND p.proname LIKE '%refuse%'"
    with connection.cursor() as cursor:
        cursor.execute(count)
        assert cursor.fetchone()[0] > 30
        for _, reverse in reversed(guards):
            cursor.execute(reverse)
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
        assert cursor.fetchone()[0] == 0
        cursor.execute("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        assert cursor.fetchone()[0] == 0
        for forward, _ in guards:
            cursor.execute(forward)
