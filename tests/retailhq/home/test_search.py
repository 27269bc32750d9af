"""The search behind the palette: what is found, for whom, and that a short beginning among many receipts stays cheap."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.access.access import Access
from retailhq.home.search import KINDS, cleaned, rows_found
from tests.factories import ItemFactory, PosTransactionFactory, StatementFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(client: Client) -> Client:
    """A browser of somebody who may see everything."""
    client.force_login(User.objects.create_superuser("chief"))
    return client


def names(page: str) -> list[str]:
    """The names of what was found, in order."""
    return [part.split("<")[0] for part in page.split('class="hit-name">')[1:]]


def test_finds_pages_by_name_and_rows_by_the_beginning_of_their_number(chief: Client) -> None:
    statement = StatementFactory.create(number="S367-000001")
    transaction = PosTransactionFactory.create(store=statement.store, number="31198570044")

    assert "Retail parameters" in names(chief.get("/search/?q=param").content.decode())
    assert names(chief.get("/search/?q=s367-0").content.decode()) == ["S367-000001"], "small letters will do"
    page = chief.get("/search/?q=3119").content.decode()
    assert names(page) == ["31198570044"]
    assert f'href="/pos-transactions/{transaction.pk}/"' in page
    assert names(chief.get("/search/?q=1198").content.decode()) == [], "the beginning counts"


def test_finds_the_single_pages_of_setup(chief: Client, client: Client) -> None:
    page = chief.get("/search/?q=dispos").content.decode()

    assert names(page) == ["Dispositions"]
    assert 'href="/setup/dispositions/"' in page
    assert "Dispositions" not in names(chief.get("/search/").content.decode()), "without a text only what the navigation shows"
    client.force_login(User.objects.create_user("nobody"))
    assert names(client.get("/search/?q=dispos").content.decode()) == []


def test_htmx_gets_the_list_alone(chief: Client) -> None:
    page = chief.get("/search/?q=job", headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in page
    assert 'role="option"' in page


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", "\x00", "x" * 5000, "<script>", "\U0010ffff", ""])
def test_any_text_is_answered(chief: Client, text: str) -> None:
    answer = chief.get("/search/", {"q": text})

    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().split('class="hits')[0].split('value="')[-1]


def test_other_stores_and_pages_without_right_are_not_found(client: Client) -> None:
    clerk = User.objects.create_user("clerk")
    client.force_login(clerk)
    StatementFactory.create(number="S367-000001")
    assert names(client.get("/search/?q=S367").content.decode()) == []

    clerk.groups.set(Group.objects.all())
    assert names(client.get("/search/?q=S367").content.decode()) == [], "the store is not theirs"


def test_one_statement_for_all_kinds(chief: Client) -> None:
    for number in range(3):
        PosTransactionFactory.create(number=f"70{number}")
        ItemFactory.create(code=f"70{number}")
    access = Access(User.objects.get(username="chief"))
    assert access.scope.store_ids
    with CaptureQueriesContext(
        connection,
    ) as captured:
        rows_found(access, "70")
    assert len(captured) == 1


def test_every_kind_is_index_backed() -> None:
    store = StoreFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for kind in KINDS:
            cursor.execute(
                f"EXPLAIN WITH p AS (SELECT DISTINCT unnest(%(lows)s::text[]) AS low) SELECT f.* FROM p CROSS JOIN LATERAL ({kind.rows}) f",
                {"lows": ["70"], "stores": [store.pk]},
            )
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "~>=~" in plan.split("Index Cond", 1)[1], f"{kind.key}:\n{plan}"


def test_text_is_cleaned() -> None:
    assert cleaned("  a\x00b\n ") == "ab"
