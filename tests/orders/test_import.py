"""Files of stores and customers."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Customer, PaymentMethod, Store
from orders.rules.file_columns import walk_in_code
from orders.rules.till_lines import business_date
from tests.core.files.loading import CUSTOMERS, STORES, counts, load_good, load_world


@pytest.mark.django_db
def test_every_store_gets_its_own_walk_in_customer(tmp_path: Path) -> None:
    load_world(tmp_path)
    first, second = Store.objects.select_related("walk_in_customer").order_by("code")
    assert (first.walk_in_customer.code, second.walk_in_customer.code) == ("WALK-IN/S1", "WALK-IN/S2")
    assert counts(load_good(tmp_path, "stores", STORES)) == (0, 0, 2, 0)
    assert Customer.objects.count() == 3
    assert Customer.history.filter(code="WALK-IN/S1").count() == 1


@pytest.mark.django_db
def test_a_store_is_changed(tmp_path: Path) -> None:
    load_world(tmp_path)
    Store.objects.update(rounding_limit="0.05")
    assert counts(load_good(tmp_path, "stores", STORES.replace("Berlin,04:00", "Paris,05:00"))) == (0, 1, 1, 0)
    store = Store.objects.get(code="S2")
    assert (store.time_zone, store.end_of_business_day) == ("Europe/Paris", time(5, 0))
    assert str(store.rounding_limit) == "0.05", "not a column of the file"
    assert list(Store.history.filter(code="S2").order_by("history_id").values_list("history_type", flat=True)) == ["+", "~"]


@pytest.mark.django_db
def test_customers(tmp_path: Path) -> None:
    assert counts(load_good(tmp_path, "customers", CUSTOMERS)) == (1, 0, 0, 0)
    assert counts(load_good(tmp_path, "customers", CUSTOMERS.replace("false", "true"))) == (0, 1, 0, 0)
    assert Customer.objects.get(code="C1").blocked


@pytest.mark.django_db
def test_payment_methods_exist_from_the_start() -> None:
    assert set(PaymentMethod.objects.values_list("code", flat=True)) == {"cash", "card", "gift_card", "voucher", "on_account"}


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_walk_in_codes_fit_and_differ(one: str, other: str) -> None:
    assert len(walk_in_code(one)) <= 60
    assert (walk_in_code(one) == walk_in_code(other)) == (one == other)


NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"
DAYS = [
    # Calendar days, in the zone of the store.
    ("2017-01-02T04:59:59Z", NEW_YORK, "00:00", "2017-01-01"),
    ("2017-01-02T05:00:00Z", NEW_YORK, "00:00", "2017-01-02"),
    ("2017-01-01T23:30:00+00:00", BERLIN, "00:00", "2017-01-02"),
    # Sales before the end of the business day belong to the day before.
    ("2017-01-02T03:59:59+01:00", BERLIN, "04:00", "2017-01-01"),
    ("2017-01-02T04:00:00+01:00", BERLIN, "04:00", "2017-01-02"),
    ("2017-01-01T00:00:00+01:00", BERLIN, "04:00", "2016-12-31"),
    # The night when the clock goes back has 02:30 twice; both belong to the day before. The one when it goes forward has none.
    ("2017-10-29T02:30:00+02:00", BERLIN, "03:00", "2017-10-28"),
    ("2017-10-29T02:30:00+01:00", BERLIN, "03:00", "2017-10-28"),
    ("2017-03-26T03:00:00+02:00", BERLIN, "03:00", "2017-03-26"),
    ("2017-03-26T01:59:59+01:00", BERLIN, "03:00", "2017-03-25"),
]


@pytest.mark.parametrize(("sold_at", "zone", "end", "expected"), DAYS)
def test_business_date(sold_at: str, zone: str, end: str, expected: str) -> None:
    assert business_date(datetime.fromisoformat(sold_at), ZoneInfo(zone), time.fromisoformat(end)) == date.fromisoformat(expected)


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)),  # noqa: DTZ001  the instant gets its zone below
    st.sampled_from([NEW_YORK, BERLIN, "UTC", "Pacific/Kiritimati"]),
    st.times().map(lambda value: value.replace(second=0, microsecond=0)),
)
def test_a_business_date_is_at_most_a_day_behind_the_local_date(moment: datetime, zone: str, end: time) -> None:
    instant = moment.replace(tzinfo=UTC)
    local = instant.astimezone(ZoneInfo(zone)).date()
    assert local - business_date(instant, ZoneInfo(zone), end) in (timedelta(0), timedelta(days=1))
    assert business_date(instant, ZoneInfo(zone), time(0, 0)) == local
