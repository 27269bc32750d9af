"""Who hears of what the night left: each role of what it may put right, in its stores and companies, and nobody of anything else."""

from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from core.access.models import HelpRequest
from core.access.roles import ROLES
from core.jobs.recurrence_kinds import RECURRING
from core.jobs.services import run_job
from orders.models import Store
from statements.services.cause_mail import KIND, mail_exceptions
from tests.core.access.people import make_person
from tests.factories import (
    CustomerOrderFactory,
    LegalEntityFactory,
    PendingOrderFactory,
    PosTransactionFactory,
    PosTransactionLineFactory,
    StatementFactory,
    StoreFactory,
    ValidationProblemFactory,
    WarehouseFactory,
)
from tests.shared import make_once

pytestmark = pytest.mark.django_db
# A problem of each area in one store: code, and the roles that have a way out of it.
HEARS = {
    "L04": {"clerk", "poster", "inventory_controller", "administrator"},
    "DIFFERENCE_TOO_LARGE": {"clerk", "poster", "administrator"},
    "NO_VALID_BATCH": {"clerk", "poster", "inventory_controller", "administrator"},
    "CREDIT_LIMIT_EXCEEDED": {"poster", "order_desk", "administrator"},
    "UNKNOWN_ITEM": {"clerk", "poster", "order_desk", "administrator"},
}


def leave_open(store: Store) -> None:
    """What the night leaves in a store."""
    ticket = PosTransactionFactory.create(store=store, validation_status="error")
    PosTransactionLineFactory.create(transaction=ticket, number=1, item_code="GHOST")
    ValidationProblemFactory.create(transaction=ticket, code="L04", line_number=1, params={"item": "GHOST"})
    # A warning keeps nothing back.
    ValidationProblemFactory.create(transaction=ticket, code="B05", severity="warning", line_number=1)
    for day, code in enumerate(("DIFFERENCE_TOO_LARGE", "NO_VALID_BATCH"), 1):
        StatementFactory.create(
            store=store, business_date=f"2024-05-0{day}", failed_state="Checked", error_code=code, error_text="x"
        )  # fmt: skip
    CustomerOrderFactory.create(order__store=store, order__error_code="CREDIT_LIMIT_EXCEEDED", order__error_text="x")
    PendingOrderFactory.create(store=store, state="failed", error_code="UNKNOWN_ITEM", error_text="x")


def make_stores() -> list[Store]:
    """Two stores of one company, one of another; something is open in each."""
    first, second = WarehouseFactory.create(), WarehouseFactory.create(legal_entity=LegalEntityFactory.create(code="OTHER"))
    stores = [StoreFactory.create(code=code, warehouse=place) for code, place in (("N1", first), ("N2", first), ("N3", second))]
    for store in stores:
        leave_open(store)
    return stores


made = make_once(make_stores)


@pytest.fixture
def stores(made: list[Store], db: None) -> list[Store]:
    return made


def with_address(name: str, *roles: str, stores: list[Store] | None = None) -> None:
    person = make_person(name, *roles, stores=stores)
    person.email = f"{name}@example.org"
    person.save()


def bodies() -> dict[str, str]:
    return {message.to[0].partition("@")[0]: str(message.body) for message in mail.outbox}


def test_each_role_hears_of_what_it_may_put_right(stores: list[Store]) -> None:
    for role in ROLES:
        with_address(role.key, role.key)
    mail_exceptions(timezone.now().date())
    told = bodies()
    for code, roles in HEARS.items():
        assert {name for name, body in told.items() if f" {code} " in body} == roles, code
    assert "auditor" not in told, "who changes nothing has nothing to put right"
    assert not any("B05" in body for body in told.values()), "a warning keeps nothing back"


def test_nobody_hears_of_stores_and_companies_that_are_not_theirs(stores: list[Store]) -> None:
    company, other = stores[0].warehouse.legal_entity.code, "OTHER"  # type: ignore[union-attr]
    with_address("one", "clerk", stores=[stores[0]])
    with_address("two", "clerk", stores=[stores[2]])
    with_address("both", "clerk", stores=[stores[0], stores[2]])
    with_address("none", "clerk", stores=[])
    mail_exceptions(timezone.now().date())
    told = bodies()
    assert set(told) == {"one", "two", "both"}
    for name, codes, companies in (("one", "N1", {company}), ("two", "N3", {other}), ("both", "N1 N3", {company, other})):
        lines = [line for line in told[name].splitlines() if "DIFFERENCE_TOO_LARGE" in line]
        assert {code for code in ("N1", "N2", "N3") if any(code in line for line in lines)} == set(codes.split()), name
        assert {line.split()[0] for line in lines} == companies, name


def test_two_roles_are_one_mail(stores: list[Store]) -> None:
    with_address("maria", "clerk", "order_desk")
    assert mail_exceptions(timezone.now().date()) == {"mails": 1, "nothing_open": 0}
    assert all(f" {code} " in bodies()["maria"] for code in ("L04", "CREDIT_LIMIT_EXCEEDED"))


def test_what_others_ask_reaches_those_who_have_the_right(db: None) -> None:
    asker = make_person("clara", "clerk")
    HelpRequest.objects.create(
        code="DIFFERENCE_TOO_LARGE",
        right="parameters.change_retailparameters",
        note="12 would do",
        asked_by=asker,
        way="parameters:retail",
    )
    for name, role in (("alex", "administrator"), ("paul", "auditor")):
        with_address(name, role)
    assert mail_exceptions(timezone.now().date()) == {"mails": 1, "nothing_open": 1}
    assert "clara asks about DIFFERENCE_TOO_LARGE" in bodies()["alex"]
    assert "12 would do" in bodies()["alex"]


def test_an_address_that_is_refused_keeps_nobody_elses(stores: list[Store], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("anna", "bert", "carl"):
        with_address(name, "clerk")
    send = EmailBackend.send_messages

    def refuse(backend: EmailBackend, messages: list[mail.EmailMessage]) -> int:
        if any("bert" in one.to[0] for one in messages):
            raise SMTPRecipientsRefused({"bert@example.org": (550, b"no such user")})
        return send(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    job = RECURRING[KIND].start("Mail what is open", make_person("system", "administrator"))
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.result) == ("failed", {"mails": 2, "nothing_open": 0, "not_sent": 1})
    assert set(bodies()) == {"anna", "carl"}
