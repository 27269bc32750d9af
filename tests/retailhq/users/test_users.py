"""Users and roles: made, changed, deactivated by administrators; an administrator always remains; every action is recorded."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.test import Client

from core.access.models import AuditEntry
from core.access.roles import BY_KEY
from core.api.models import Token
from core.jobs.models import Job, Recurrence
from core.jobs.services.recurrences import Timing, save_recurrence
from core.masterdata.keys import write_key
from orders.models import Store, StoreScope
from parameters.models import NumberSequence
from retailhq.users.lists import details_text
from tests.core.access.people import make_person
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"


@pytest.fixture
def boss(client: Client) -> User:
    boss = make_person("boss", "administrator", password=PASSWORD)
    client.force_login(boss)
    return boss


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "username": "theo",
        "first_name": "Theo",
        "email": "theo@example.com",
        "roles": ["clerk"],
        "all_stores": "on",
        "is_active": "on",
    } | changes


def test_a_new_user_gets_a_one_time_password_that_is_shown_once(client: Client, boss: User) -> None:
    answer = client.post("/setup/users/new/", typed())
    password = answer.context["password"]
    theo = User.objects.get(username="theo")

    assert password in answer.content.decode()
    assert answer["Cache-Control"].startswith("max-age=0")
    assert theo.check_password(password)
    assert [group.name for group in theo.groups.all()] == ["clerk"]
    assert StoreScope.objects.get(user=theo).store is None
    assert password not in repr(list(AuditEntry.objects.values()))
    door = Client()
    assert door.post("/sign-in/", {"username": "theo", "password": password}).status_code == 302
    assert door.get("/statements/")["Location"] == "/password/"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"username": ""}, "username"), ({"username": "BOSS"}, "username"), ({"username": "a\0b"}, "username"), ({"email": "no"}, "email"),
     ({"roles": ["king"]}, "roles"), ({"stores": ["999999999999999999999"], "all_stores": ""}, "stores"), ({"stores": ["x"]}, "stores")],
)  # fmt: skip
def test_a_wrong_value_is_refused_at_its_field_and_what_was_typed_stays(
    client: Client, boss: User, changes: dict[str, Any], field: str
) -> None:
    answer = client.post("/setup/users/new/", typed(**changes))

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert "Theo" in answer.content.decode()
    assert User.objects.count() == 1


def test_roles_and_stores_are_changed_and_recorded_from_and_to(client: Client, boss: User) -> None:
    theo, store = make_person("theo", "clerk"), StoreFactory.create()
    client.post(
        f"/setup/users/{theo.pk}/", typed(first_name="", email="", roles=["poster", "order_desk"], all_stores="", stores=[store.pk])
    )

    assert set(theo.groups.values_list("name", flat=True)) == {"poster", "order_desk"}
    assert [scope.store for scope in StoreScope.objects.filter(user=theo)] == [store]
    entry = AuditEntry.objects.get(action="user_change")
    assert (entry.actor, entry.user, entry.subject) == ("boss", boss, "theo")
    assert entry.details == {"roles": [["clerk"], ["order_desk", "poster"]], "stores": ["all", [store.code]]}


def test_a_role_that_is_taken_away_is_gone_with_the_next_click(client: Client, boss: User) -> None:
    theo, his = make_person("theo", "clerk"), Client()
    his.force_login(theo)
    assert his.get("/statements/").status_code == 200
    client.post(f"/setup/users/{theo.pk}/", typed(roles=[]))

    assert his.get("/statements/").status_code == 403


@pytest.mark.parametrize("changes", [{"roles": ["clerk"]}, {"is_active": "", "roles": ["administrator"]}])
def test_the_last_administrator_stays(client: Client, boss: User, changes: dict[str, Any]) -> None:
    answer = client.post(f"/setup/users/{boss.pk}/", typed(username="boss", **changes))

    assert answer.status_code == 422
    assert "nobody could give roles" in answer.content.decode()
    boss.refresh_from_db()
    assert boss.is_active
    assert boss.groups.get().name == "administrator"
    make_person("second", "administrator")
    assert client.post(f"/setup/users/{boss.pk}/", typed(username="boss", **changes)).status_code == 302


def test_a_new_password_ends_sessions_and_an_unlock_opens_the_door(client: Client, boss: User) -> None:
    theo = make_person("theo", "clerk", password=PASSWORD)
    his = Client()
    his.force_login(theo)
    for _ in range(5):
        Client().post("/sign-in/", {"username": "theo", "password": "wrong"})
    assert "Locked out" in client.get("/setup/users/").content.decode()
    client.post(f"/setup/users/{theo.pk}/unlock/")
    assert Client().post("/sign-in/", {"username": "theo", "password": PASSWORD}).status_code == 302
    assert client.post(f"/setup/users/{theo.pk}/password/").context["password"]
    assert his.get("/").status_code == 302
    assert client.post(f"/setup/users/{boss.pk}/password/")["Location"] == "/password/"
    assert {"unlock", "password"} <= set(AuditEntry.objects.filter(actor="boss", subject="theo").values_list("action", flat=True))


@pytest.mark.parametrize("role", sorted(set(BY_KEY) - {"administrator"}))
def test_nobody_else_makes_users_or_raises_themselves(client: Client, role: str) -> None:
    person = make_person("theo", role)
    client.force_login(person)
    for address in ("/setup/users/new/", f"/setup/users/{person.pk}/", f"/setup/users/{person.pk}/password/"):
        assert client.post(address, typed(roles=["administrator"])).status_code == 403

    assert [group.name for group in person.groups.all()] == [role]
    assert User.objects.count() == 1


def test_the_auditor_looks_but_the_form_is_off(client: Client) -> None:
    auditor = make_person("ada", "auditor")
    client.force_login(auditor)
    page = client.get(f"/setup/users/{auditor.pk}/").content.decode()

    assert "You may look, but not change." in page
    assert 'form="user-form"' not in page


@pytest.mark.parametrize("query", ["q=%00", "state=nonsense", "role=king", f"q={'x' * 9000}", "q=%F0%9F%98%80"])
def test_odd_searches_are_no_error(client: Client, boss: User, query: str) -> None:
    assert client.get(f"/setup/users/?{query}").status_code == 200


@pytest.mark.parametrize("user_id", [0, 999999, 10**30])
def test_unknown_users_are_not_found(client: Client, boss: User, user_id: int) -> None:
    assert client.get(f"/setup/users/{user_id}/").status_code == 404


def test_users_are_found_by_role_state_and_name_and_exported(client: Client, boss: User) -> None:
    store = StoreFactory.create()
    make_person("theo", "clerk", "poster", stores=[store])
    User.objects.filter(pk=make_person("old", "auditor").pk).update(is_active=False, last_name="Oldman")
    make_person("hasty", "clerk", password=PASSWORD)
    for _ in range(5):
        Client().post("/sign-in/", {"username": "hasty", "password": "wrong"})

    def names(query: str) -> list[str]:
        return [row.username for row in client.get(f"/setup/users/?{query}").context["page"].rows]

    assert names("role=clerk") == ["hasty", "theo"]
    assert (names("state=locked"), names("state=inactive"), names("state=active")) == (["hasty"], ["old"], ["boss", "theo"])
    assert names("q=oldm") == ["old"]
    assert names("sort=-username") == ["theo", "old", "hasty", "boss"]
    sheet = client.post("/setup/users/?sort=username&columns=username,roles,stores,state", {"do": "export", "format": "csv"})
    assert b"".join(sheet.streaming_content).decode().splitlines() == [  # type: ignore[attr-defined]
        "User,Roles,Stores,State",
        "boss,Administrator,all,Active",
        "hasty,Clerk,all,Locked out",
        "old,Auditor,all,Inactive",
        f'theo,"Clerk, Poster",{store.code},Active',
    ]


# -- Audit trail -----------------------------------------------------------------------------------------------------------------------


def test_the_trail_is_filtered_and_paged(client: Client, boss: User) -> None:
    AuditEntry.objects.bulk_create(AuditEntry(action="post", actor="maria", subject=f"job {number}") for number in range(60))
    AuditEntry.objects.create(action="import", actor="theo", subject="items.csv", details={"new": 3})

    def subjects(query: str) -> list[str]:
        return [entry.subject for entry in client.get(f"/setup/audit/?{query}").context["page"].rows]

    assert subjects("actor=theo") == ["items.csv"]
    assert subjects("action=import&q=ITEMS") == ["items.csv"]
    assert subjects("date_to=2001-01-01") == []
    assert len(subjects("date_from=2001-01-01")) == 50
    page = client.get("/setup/audit/?action=post")
    assert len(client.get(f"/setup/audit/?action=post&after={page.context['page'].later}").context["page"].rows) == 10


@pytest.mark.parametrize(
    ("action", "details", "said"),
    [
        (
            "user_change",
            {"roles": [["clerk"], ["clerk", "poster"]], "stores": ["all", ["S1"]]},
            "roles: clerk → clerk, poster; stores: all → S1",
        ),
        ("user_change", {"email": ["", "a@b.c"], "is_active": [True, False]}, "email: \N{EN DASH} → a@b.c; is_active: True → False"),
        ("post", {"job": 7, "statements": [11, 12, 13]}, "job: 7; statements: 3"),
        ("parameters", {"fields": ["posting_default_batch_id", "disabled rules"]}, "fields: posting_default_batch_id, disabled rules"),
        ("count", {"z_report": {"total": "1.00", "sales": 3}, "note": None}, "z_report: total 1.00, sales 3; note: \N{EN DASH}"),
        ("ask", {"way": "setup", "title": "hidden"}, "way: setup"),
    ],
)
def test_details_of_an_entry_are_words_and_no_code(action: str, details: dict[str, object], said: str) -> None:
    assert details_text(AuditEntry(action=action, details=details)) == said


@pytest.mark.parametrize(
    "query", ["date_from=2001-02-31", "date_to=9999-12-31", "action=x", "actor=%00", "after=xyz", "date_from=0001-01-01"]
)
def test_odd_filters_of_the_trail_are_no_error(client: Client, boss: User, query: str) -> None:
    assert client.get(f"/setup/audit/?{query}").status_code == 200


@pytest.mark.parametrize("change", [lambda rows: rows.update(actor="x"), lambda rows: rows._raw_delete(rows.db)])
def test_the_database_refuses_to_change_the_trail(db: None, change: Any) -> None:
    AuditEntry.objects.create(action="post", actor="maria")
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        change(AuditEntry.objects.all())


# -- an administrator of some stores ---------------------------------------------------------------------------------------


@pytest.fixture
def stores() -> list[Store]:
    return [StoreFactory.create(code=code) for code in ("OWN", "OTHER")]


@pytest.fixture
def limited(client: Client, stores: list[Store]) -> User:
    person = make_person("lim", "administrator", stores=stores[:1])
    client.force_login(person)
    return person


def scopes(name: str) -> list[str | None]:
    return list(StoreScope.objects.filter(user__username=name).order_by("store__code").values_list("store__code", flat=True))


@pytest.mark.parametrize("wider", [{"all_stores": "on"}, {"all_stores": "", "stores": "both"}])
def test_who_has_some_stores_gives_nobody_more(client: Client, limited: User, stores: list[Store], wider: dict[str, Any]) -> None:
    if wider.get("stores"):
        wider = wider | {"stores": [store.pk for store in stores]}
    own = {"username": "lim", "roles": ["administrator"], "all_stores": "", "stores": [stores[0].pk]}
    for address, given in ((f"/setup/users/{limited.pk}/", own | wider), ("/setup/users/new/", wider)):
        client.post(address, typed(**given))
    assert scopes("lim") == ["OWN"]
    assert scopes("theo") in ([], ["OWN"])
    assert None not in scopes("theo")


def test_who_has_some_stores_makes_users_of_these(client: Client, limited: User, stores: list[Store]) -> None:
    answer = client.post("/setup/users/new/", typed(all_stores="", stores=[stores[0].pk]))
    assert answer.status_code == 200
    assert scopes("theo") == ["OWN"]


def test_who_has_some_stores_does_not_reach_people_who_have_more(client: Client, limited: User, stores: list[Store]) -> None:
    """A password or an address of somebody with more stores would be a way to them."""
    boss, neighbour = make_person("boss", "administrator", password=PASSWORD), make_person("nina", "clerk", stores=stores[1:])
    for victim in (boss, neighbour):
        before = (victim.password, victim.email)
        answer = client.post(f"/setup/users/{victim.pk}/", typed(username=victim.username, all_stores="", stores=[stores[0].pk]))
        assert answer.status_code == 422
        assert "stores that are not yours" in answer.content.decode()
        client.post(f"/setup/users/{victim.pk}/password/")
        victim.refresh_from_db()
        assert (victim.password, victim.email) == before


def test_a_token_of_who_has_some_stores_is_for_these(client: Client, limited: User, stores: list[Store]) -> None:
    form = {"name": "till", "verbs": ["send_transactions"]}
    assert client.post("/setup/api-tokens/new/", form | {"all_stores": "on"}).status_code == 422
    assert client.post("/setup/api-tokens/new/", form | {"stores": [stores[1].pk]}).status_code == 422
    assert client.post("/setup/api-tokens/new/", form | {"stores": [stores[0].pk]}).status_code == 200
    assert [(token.all_stores, token.stores) for token in Token.objects.all()] == [(False, ["OWN"])]


def test_number_sequences_are_those_of_own_stores(client: Client, limited: User, stores: list[Store]) -> None:
    for code in ("statement:OWN", "statement:OTHER", "payment"):
        NumberSequence.objects.create(code=code)
    page = client.get("/setup/number-sequences/").content.decode()
    assert [code in page for code in ("statement:OWN", "statement:OTHER", ">payment<")] == [True, False, False]
    key = write_key("statement:OTHER")
    assert client.get(f"/setup/number-sequences/{key}/edit/").status_code == 404
    client.force_login(make_person("boss", "administrator"))
    assert "payment" in client.get("/setup/number-sequences/").content.decode()


@pytest.mark.parametrize("what", ["", "pause/", "run/", "delete/"])
def test_recurrences_are_for_who_has_all_stores(client: Client, limited: User, what: str) -> None:
    """They work on all stores, whoever makes them."""
    found = save_recurrence(None, "validate", "Validate at night", Timing(minutes=60), limited)
    answer = client.post(f"/jobs/recurrences/{found.pk}/{what}", follow=True)
    assert "let an administrator of all stores do it" in answer.content.decode()
    assert Recurrence.objects.get(pk=found.pk).task.enabled
    assert not Job.objects.exists()
    client.post("/jobs/recurrences/new/", {"kind": "validate", "name": "Mine", "how": "every", "minutes": "5"})
    assert Recurrence.objects.count() == 1
