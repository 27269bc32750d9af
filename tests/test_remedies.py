"""Every code of the catalogue has a way that works: a page that opens for who may go it, a command with its options, or a reason."""

import shlex
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, get_commands, load_command_class
from django.test import Client
from django.utils import timezone

from core.access.access import Access
from core.access.models import AuditEntry, HelpRequest
from core.access.rights import RIGHTS_OF_ROLE
from core.access.ways import doors_of, link_of, right_of, url_of
from core.jobs.models import Job
from core.lib.ways import WAYS, Command, Page, Sender, filled, pages_of
from inventory.models import Item
from parameters.models import RetailParameters
from retailhq.codes import register_all
from statements.models import Statement
from tests.core.access.people import make_person
from tests.factories import (
    CustomerOrderFactory,
    FiscalPeriodFactory,
    PendingOrderFactory,
    PostedDay,
    PosTransactionFactory,
    PosTransactionLineFactory,
    StatementFactory,
    ValidationProblemFactory,
    make_posted_day,
)
from tests.shared import make_once

register_all()
PAGE_WAYS = {(way, code) for code, ways in WAYS.items() for way in ways if isinstance(way, Page)}
ROLES_TRIED = ("clerk", "poster", "order_desk", "inventory_controller", "administrator")
COMMANDS = sorted({way.line for ways in WAYS.values() for way in ways if isinstance(way, Command)})


@dataclass(frozen=True)
class World:
    """A company with a document of each kind that problems are about."""

    day: PostedDay
    about: dict[str, str | int]


def make_world() -> World:
    day = make_posted_day()
    assert day.sold.item is not None
    store = day.statement.store
    failed = StatementFactory.create(store=store, failed_state="Checked", error_code="DIFFERENCE_TOO_LARGE", error_text="x")
    sale = PosTransactionFactory.create(store=store, validation_status="error")
    PosTransactionLineFactory.create(transaction=sale, number=1)
    FiscalPeriodFactory.create(legal_entity=failed.legal_entity)
    RetailParameters.objects.create(legal_entity=failed.legal_entity)
    job = Job.objects.create(kind="validate", title="Validate", status=Job.Status.FAILED, finished_at=timezone.now())
    order = CustomerOrderFactory.create(order__store=store).order
    about: dict[str, str | int] = {
        "company": failed.legal_entity.code,
        "store": store.code,
        "warehouse": failed.warehouse.code,
        "item": day.sold.item.code,
        "batch": "B1",
        "quantity": "2",
        "receipt": "R1",
        "received_at": "2024-05-01T10:15:26+02:00",
        "before": "10:15",
        "unit": "each",
        "customer": order.customer.code,
        "line": 1,
        "method": "cash",
        "day": failed.business_date.isoformat(),
        "order": order.number,
        "order_id": order.pk,
        "pending_id": PendingOrderFactory.create(store=store).pk,
        "statement": failed.number,
        "statement_id": failed.pk,
        "card": "G1",
        "transaction": "S/T/1",
        "transaction_id": sale.pk,
        "job_id": job.pk,
    }
    return World(day, about)


made = make_once(make_world)


@pytest.fixture
def world(made: World, db: None) -> World:
    return made


def test_no_way_is_named_twice() -> None:
    for code, ways in WAYS.items():
        assert ways, code
        assert len(set(map(str, ways))) == len(ways), f"{code} names a way twice"


def test_what_no_page_puts_right_says_who_does() -> None:
    for code, ways in WAYS.items():
        if not any(isinstance(way, Page) for way in ways):
            assert any(isinstance(way, Command) or (isinstance(way, Sender) and str(way.reason).endswith(".")) for way in ways), code


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_exist_with_their_options(line: str) -> None:
    name, *arguments = shlex.split(line)
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    refused = ""
    try:
        parser.parse_args(arguments)
    except (SystemExit, CommandError) as error:
        refused = str(error)
    assert not refused, line


@pytest.mark.django_db
def test_every_page_opens_for_whoever_may_go_there(world: World, client: Client) -> None:
    people: dict[str, User] = {}
    opened: set[tuple[str, str]] = set()
    for way, code in sorted(PAGE_WAYS, key=lambda pair: (pair[1], str(pair[0]))):
        assert way in pages_of(code, world.about), f"{code}: something that {way.view} needs is never known"
        url, right = url_of(way, world.about), right_of(way)
        assert url, f"{code}: there is no page {way.view}"
        role = next((role for role in ROLES_TRIED if not right or right in RIGHTS_OF_ROLE[role]), "")
        assert role, f"{code}: no role has {right}"
        if way.post or (url, role) in opened:
            continue
        opened.add((url, role))
        if role not in people:
            people[role] = make_person(role, role)
        client.force_login(people[role])
        answer = client.get(url, follow=True)
        assert answer.status_code == 200, f"{code}: {url} as {role}"
        if anchor := way.anchor and filled(way.anchor, world.about):
            assert f'id="{anchor}"' in answer.content.decode(), f"{code}: {url} has no field {anchor}"
    assert len(opened) > 40


@pytest.mark.django_db
def test_who_may_not_is_told_who_may_and_asks(world: World, client: Client) -> None:
    statement = Statement.objects.get(pk=world.about["statement_id"])
    clerk, administrator = make_person("clara", "clerk"), make_person("alex", "administrator")
    doors = doors_of("DIFFERENCE_TOO_LARGE", world.about, Access(clerk))
    assert next((door.view, door.is_open) for door in doors) == ("statements:count", True)
    closed = next(door for door in doors if door.view == "parameters:retail")
    assert (closed.is_open, closed.roles) == (False, ("administrator",))

    client.force_login(clerk)
    page = client.get(f"/statements/{statement.pk}/").content.decode()
    assert f"/statements/{statement.pk}/count/" in page
    assert "Open Maximum posting difference: Administrator" in page
    ask = page.split('<a href="/ask/')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(f"/ask/{ask}").status_code == 200
    answer = client.post(f"/ask/{ask}", {"note": "The drawer was counted twice; 12 would do."})
    assert answer["Location"] == f"/statements/{statement.pk}/"
    client.post(f"/ask/{ask}", {"note": "Please."})
    question = HelpRequest.objects.get()
    assert (question.note, question.right, question.asked_by) == ("Please.", "parameters.change_retailparameters", clerk)
    assert AuditEntry.objects.filter(action="ask", actor="clara").count() == 1

    assert client.post(f"/ask/{question.pk}/answer/", {"note": "Mine"}).status_code == 404, "who asks does not answer"
    client.force_login(make_person("olga", "order_desk"))
    assert client.post(f"/ask/{question.pk}/answer/", {"note": "Not mine"}).status_code == 404
    client.force_login(administrator)
    assert client.get(f"/ask/{ask}")["Location"].endswith("#id_statements_max_difference"), "who may goes straight there"
    client.post(f"/ask/{question.pk}/answer/", {"note": "It is 12 now."})
    question.refresh_from_db()
    assert (question.answer, question.answered_by) == ("It is 12 now.", administrator)


@pytest.mark.django_db
def test_a_question_needs_something_to_ask_about(world: World, client: Client) -> None:
    client.force_login(make_person("clara", "clerk"))
    for query in ("", "code=NOPE&way=statements:post", "code=NO_VALID_BATCH&way=statements:post", "code=L04&way=setup:open&about.item=%00"):
        assert client.get(f"/ask/?{query}").status_code == 404, query
    away = "code=L04&way=setup:open&about.item=X&next=https://elsewhere.example/"
    assert client.post(f"/ask/?{away}", {"note": ""})["Location"] == "/"


@pytest.mark.django_db
def test_a_problem_of_a_transaction_leads_to_its_field(world: World, client: Client) -> None:
    sale = world.about["transaction_id"]
    ValidationProblemFactory.create(transaction_id=sale, code="L04", line_number=1, params={"item": "4711"})
    client.force_login(make_person("clara", "clerk"))
    page = client.get(f"/pos-transactions/{sale}/").content.decode()
    assert f"/pos-transactions/{sale}/correct/#id_line-1-item" in page


@pytest.mark.django_db
def test_a_master_is_opened_by_its_code_or_made_with_it(world: World, client: Client) -> None:
    item = Item.objects.get(code=world.about["item"])
    client.force_login(make_person("ina", "inventory_controller"))
    assert client.get(f"/setup/items/open/?code={item.code}")["Location"] == f"/setup/items/{item.pk}/edit/"
    made = client.get("/setup/items/open/?code=4711", follow=True)
    assert 'value="4711"' in made.content.decode()
    client.force_login(make_person("clara", "clerk"))
    assert client.get("/setup/items/open/?code=4711")["Location"] == "/setup/items/"


def test_programs_get_the_page_too() -> None:
    assert link_of("L04", {"item": "4711"}) == "/setup/items/open/?code=4711"
    assert link_of("BUSY", {}) == ""
