"""Pages of imports: upload, check, import, replace; who may, what is refused, bad addresses."""

import json

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.jobs.models import Job
from core.jobs.services import run_job
from inventory.models import Disposition
from orders.models import Store, StoreScope
from retailhq.exchange.models import FileImport
from retailhq.exchange.rules.import_templates import TEMPLATES
from retailhq.exchange.services.files import CSV_KINDS, KINDS, import_file
from statements.models import PosTransaction
from tests.core.access.people import make_person
from tests.factories import StoreFactory

HEADER = "disposition,name,blocks_sale\n"
GOOD = HEADER + "recall,Recalled,true\n"


@pytest.fixture
def maria(transactional_db: None) -> User:
    return make_person("maria", "clerk", "inventory_controller")


@pytest.fixture
def clerk(client: Client, maria: User) -> Client:
    client.force_login(maria)
    return client


def upload(client: Client, text: str, kind: str = "dispositions", name: str = "d.csv", **more: str) -> str:
    """Where the upload leads to."""
    answer = client.post("/setup/import/", {"kind": kind, "file": SimpleUploadedFile(name, text.encode()), **more})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def page(client: Client, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def run_all() -> None:
    for job in Job.objects.filter(status="queued").order_by("pk"):
        run_job(job.pk)


def test_upload_check_import(clerk: Client, maria: User) -> None:
    address = upload(clerk, GOOD + "x,y,perhaps\n")
    assert "every 1s" in page(clerk, address), "the check is going on"
    run_all()
    checked = page(clerk, address)
    assert "every 1s" not in checked
    assert "perhaps" in checked
    assert "Recalled" in checked
    assert not Disposition.objects.filter(code="recall").exists()
    assert clerk.post(f"{address}apply/").status_code == 302
    assert clerk.post(f"{address}apply/").status_code == 302
    assert Job.objects.filter(kind="import_file").count() == 1
    run_all()
    done = page(clerk, address)
    assert "Imported without the rejects" in done
    assert Disposition.objects.filter(code="recall").exists()
    rejects = Job.objects.get(kind="import_file").files.get()
    answer = clerk.get(f"/jobs/{Job.objects.get(kind='import_file').pk}/files/{rejects.pk}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"BAD_VALUE" in b"".join(answer)
    assert "d.csv" in page(clerk, "/setup/import/")


def test_a_corrected_file_names_the_one_it_corrects(clerk: Client) -> None:
    first = upload(clerk, HEADER + "x,y,perhaps\n")
    number = first.rstrip("/").rsplit("/", 1)[1]
    second = upload(clerk, GOOD, name="corrected.csv", replaces=number)
    run_all()
    assert FileImport.objects.get(file_name="corrected.csv").replaces_id == int(number)
    assert first in page(clerk, second)


def test_transactions_are_replaced_where_the_form_says_so(clerk: Client) -> None:
    StoreFactory(code="S1")  # type: ignore[no-untyped-call]
    number = {"store": "S1", "terminal": "T1", "number": "1", "kind": "float", "sold_at": "2026-05-01T12:00:00+00:00"}
    rest = {"currency": Store.objects.get().currency_id, "tax": "0"}

    def event(amount: str) -> str:
        payment = {"number": 1, "method": "cash", "amount": amount}
        return json.dumps({**number, **rest, "payments": [payment], "net": amount, "total": amount}) + "\n"

    for text, more in ((event("5"), {}), (event("6"), {"replace": "on"})):
        address = upload(clerk, text, "transactions", "t.ndjson", **more)
        run_all()
        assert clerk.post(f"{address}apply/").status_code == 302
        run_all()
    assert "replaced while they are not posted" in page(clerk, address)
    (kept,) = PosTransaction.objects.all()
    assert kept.total == 6
    seen = page(clerk, f"/pos-transactions/{kept.pk}/")
    assert "Replaced by the file t.ndjson." in seen
    assert "payment:1:amount" in seen
    answer = clerk.post("/setup/import/", {"kind": "items", "file": SimpleUploadedFile("a.csv", b"x"), "replace": "on"})
    assert (answer.status_code, "REPLACE_NOT_POSSIBLE" in answer.content.decode()) == (400, True)


def test_the_same_file_again_is_pointed_out(clerk: Client) -> None:
    first = upload(clerk, GOOD)
    run_all()
    clerk.post(f"{first}apply/")
    run_all()
    second = upload(clerk, GOOD)
    run_all()
    assert first in page(clerk, second)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "dispositions"}, "Choose a file."),
        ({"kind": "", "file": "x"}, "Say what the file holds."),
        ({"kind": "nonsense\0", "file": "x"}, "Choose one of the list."),
        ({"kind": "items", "file": ""}, "The file is empty."),
    ],
)
def test_bad_uploads_are_told_at_the_field(clerk: Client, data: dict[str, str], words: str) -> None:
    given = {name: SimpleUploadedFile("a.csv", text.encode()) if name == "file" else text for name, text in data.items()}
    answer = clerk.post("/setup/import/", given)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not FileImport.objects.exists()


def test_a_file_beyond_the_limit(clerk: Client, settings: object) -> None:
    settings.UPLOAD_LIMIT_MB = 1  # type: ignore[attr-defined]
    answer = clerk.post("/setup/import/", {"kind": "items", "file": SimpleUploadedFile("a.csv", b"x" * 1_100_000)})
    assert answer.status_code == 400
    assert "FILE_TOO_LARGE" in answer.content.decode()
    assert '<option value="items" selected>' in answer.content.decode(), "what was chosen stays"
    assert not FileImport.objects.exists()


def test_without_the_right_nothing_is_taken(client: Client, transactional_db: None) -> None:
    client.force_login(make_person("otto", "auditor"))
    assert "You have no right to import." in page(client, "/setup/import/")
    assert client.post("/setup/import/", {"kind": "items"}).status_code == 403


def make_stores() -> tuple[Store, Store]:
    own: Store = StoreFactory.create(code="OWN")
    other: Store = StoreFactory.create(code="OTHER")
    return own, other


def float_of(store: Store, number: str) -> str:
    row = {"store": store.code, "terminal": "T1", "number": number, "kind": "float", "sold_at": "2026-05-01T12:00:00+00:00"}
    paid = [{"number": 1, "method": "cash", "amount": "5"}]
    return json.dumps({**row, "currency": store.currency_id, "payments": paid, "net": "5", "tax": "0", "total": "5"}) + "\n"


def test_a_person_of_some_stores_imports_for_these(client: Client, transactional_db: None) -> None:
    """The row of another store is refused in the check and, whatever was checked before, in the import."""
    own, other = make_stores()
    eva = make_person("eva", "clerk", stores=[own, other])
    client.force_login(eva)
    address = upload(client, float_of(own, "1") + float_of(other, "2"), "transactions", "t.ndjson")
    run_all()
    assert "Row 2" not in page(client, address)
    StoreScope.objects.filter(user=eva, store=other).delete()
    client.post(f"{address}apply/")
    run_all()
    assert list(PosTransaction.objects.values_list("store__code", flat=True)) == ["OWN"]
    assert Job.objects.get(kind="import_file").result["problems_by_code"] == {"NOT_YOUR_STORE": 1}
    assert "Store OTHER is none of yours" in page(client, upload_again(client, float_of(other, "3")))


def upload_again(client: Client, text: str) -> str:
    address = upload(client, text, "transactions", "again.ndjson")
    run_all()
    return address


def test_warehouses_and_stores_of_others_stay_as_they_are(client: Client, transactional_db: None) -> None:
    own, other = make_stores()
    client.force_login(make_person("eva", "administrator", stores=[own]))
    zone = "Europe/Berlin"
    assert own.warehouse
    assert other.warehouse
    rows = [f"{store.code},Renamed,{store.warehouse},{store.currency_id},{zone}\n" for store in (own, other)]
    rows.append(f"OWN,Moved,{other.warehouse},{own.currency_id},{zone}\n")
    address = upload(client, "store,name,warehouse,currency,time_zone\n" + "".join(rows), "stores", "s.csv")
    run_all()
    client.post(f"{address}apply/")
    run_all()
    assert dict(Store.objects.values_list("code", "name")) == {"OWN": "Renamed", "OTHER": other.name}
    assert Store.objects.get(code="OWN").warehouse_id == own.warehouse_id
    assert Job.objects.get(kind="import_file").result["problems_by_code"]["NOT_YOUR_STORE"] == 2
    answer = client.post("/setup/import/", {"kind": "legal-entities", "file": SimpleUploadedFile("l.csv", b"x")})
    assert (answer.status_code, "KIND_NOT_ALLOWED" in answer.content.decode()) == (400, True)


def test_who_lost_the_right_since_the_check_imports_nothing(clerk: Client, maria: User) -> None:
    address = upload(clerk, GOOD)
    run_all()
    assert clerk.post(f"{address}apply/").status_code == 302
    maria.groups.remove(maria.groups.get(name="inventory_controller"))
    run_all()
    assert not Disposition.objects.filter(code="recall").exists()
    job = Job.objects.get(kind="import_file")
    assert (job.status, job.result["problems"][0]["code"]) == ("failed", "KIND_NOT_ALLOWED")


def test_the_check_of_another_is_imported_by_who_has_the_right(clerk: Client, client: Client) -> None:
    address = upload(clerk, GOOD)
    run_all()
    other = Client()
    other.force_login(make_person("paul", "poster"))
    assert "may be imported by who may change the same" in page(other, address)
    other.post(f"{address}apply/")
    assert not Job.objects.filter(kind="import_file").exists()


def test_others_have_no_way_to_the_files_of_a_job(clerk: Client, maria: User) -> None:
    upload(clerk, HEADER + "x,y,perhaps\n")
    run_all()
    job = Job.objects.get()
    address = f"/jobs/{job.pk}/files/{job.files.get().pk}/"
    assert clerk.get(address).status_code == 200
    for name, roles, status in (("paul", ("poster",), 404), ("ada", ("administrator",), 200)):
        other = Client()
        other.force_login(make_person(name, *roles))
        assert other.get(address).status_code == status
        assert other.post(f"/jobs/{job.pk}/cancel/").status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "99999999/",
        "99999999999999999999/",
        "99/apply/",
        "templates/nonsense/",
        "of-job/99/",
        "99/file/",
        "?after=%00&before=x",
        "?kind=%00",
    ],
)
def test_addresses_that_lead_nowhere(clerk: Client, address: str) -> None:
    method = clerk.post if "apply" in address else clerk.get
    assert method(f"/setup/import/{address}").status_code in (200, 404)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_an_example_that_can_be_read(clerk: Client, kind: str, tmp_path: object) -> None:
    answer = clerk.get(f"/setup/import/templates/{kind}/")
    assert answer["Content-Disposition"] == f'attachment; filename="{TEMPLATES[kind].name}"'
    path = tmp_path / TEMPLATES[kind].name  # type: ignore[operator]
    path.write_bytes(answer.content)
    report = import_file(kind, str(path), dry_run=True)
    assert report["rows"] == 1
    assert set(report["problems_by_code"]) <= {
        "UNKNOWN_LEGAL_ENTITY",
        "UNKNOWN_WAREHOUSE",
        "UNKNOWN_STORE",
        "UNKNOWN_ITEM",
        "UNKNOWN_CUSTOMER",
    }
    assert kind not in CSV_KINDS or answer.content.count(b"\n") == 2


def test_from_a_job_to_its_import(clerk: Client) -> None:
    address = upload(clerk, GOOD)
    job = Job.objects.get()
    assert clerk.get(f"/setup/import/of-job/{job.pk}/")["Location"] == address
    assert f"/setup/import/of-job/{job.pk}/" in page(clerk, f"/jobs/{job.pk}/")
