"""An evidence package proves itself offline, and notices whatever was changed."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client

from core.access.models import AuditEntry
from core.files.storage import read_file
from core.jobs.models import Job
from core.jobs.services import run_job
from inventory.models import Batch
from orders.models import Store
from retailhq.exchange import verify_evidence
from statements.models import Statement
from tests.core.access.people import make_person
from tests.factories import StatementFactory
from tests.oracle.commands import run
from tests.scenarios.world import NOON, Shop, milk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def package(db: None, tmp_path: Path) -> Path:
    """The package of a day with a sale of real batches, one on the default batch, and a return."""
    shop = Shop(tmp_path)
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 3)
    sale = shop.sells(2, customer="C1")
    shop.sells(3)
    shop.takes_back(sale, 1)
    shop.posts()
    shop.must_be_posted()
    file = tmp_path / "evidence.zip"
    answer = run("export_evidence", shop.statement()["statement"], str(file))
    assert answer.status == 0, answer
    assert answer.data["decisions"] == 1
    return file


def rewritten(package: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """The package with one file changed."""
    other = package.with_name("changed.zip")
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(other, "w") as new:
        for each in old.namelist():
            new.writestr(each, change(old.read(each)) if each == name else old.read(each))
    return other


def test_it_is_verified_by_its_own_script_without_the_product(package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(package) as opened:
        opened.extract("verify_evidence.py", tmp_path)
        seal = json.loads(opened.read("manifest.json"))["seal"]
    # -I: nothing of this environment is imported.
    done = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "verify_evidence.py"), str(package)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"VERIFIED {seal}\n", "")


def test_it_holds_documents_settings_decisions_and_books(package: Path) -> None:
    with zipfile.ZipFile(package) as opened:
        head = json.loads(opened.read("statement.json"))
        documents = [json.loads(line) for line in opened.read("documents.ndjson").decode().splitlines()]
        decisions = [json.loads(line) for line in opened.read("decisions.ndjson").decode().splitlines()]
        assert len(verify_evidence.rows(opened, "allocations.csv")) == 4
        assert len(verify_evidence.rows(opened, "vouchers.csv")) > 4
    assert head["settings"]["posting_default_batch_id"] == "DEF"
    assert head["events"]
    assert [document["customer"] for document in documents if "customer" in document] == ["C1"]
    assert len(documents) == 3
    (decision,) = decisions
    assert decision["agrees"]
    assert [row["batch"] for row in decision["candidates"]] == ["A"]


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("documents.ndjson", lambda data: data.replace(b"C1", b"C2"), "documents.ndjson: changed"),
        ("vouchers.csv", lambda data: data.replace(b",3.18,", b",3.19,"), "vouchers.csv: changed"),
        ("manifest.json", lambda data: data.replace(b'"seal": "', b'"seal": "0'), "the seal does not fit"),
    ],
)
def test_what_was_changed_is_told(
    package: Path, name: str, change: Callable[[bytes], bytes], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify_evidence.main(str(rewritten(package, name, change))) == 1
    assert says in capsys.readouterr().out


def test_a_forger_who_fits_the_hashes_is_found_by_the_books(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever changes a quantity and all hashes still has stock that moved otherwise; only the seal, written down elsewhere, sees all."""
    forged = package.with_name("forged.zip")
    with zipfile.ZipFile(package) as old:
        files = {name: old.read(name) for name in old.namelist()}
    before = json.loads(files["manifest.json"])["seal"]
    files["allocations.csv"] = files["allocations.csv"].replace(b",DEF,2,", b",DEF,1,")
    hashes = {name: sha256(data).hexdigest() for name, data in files.items() if name != "manifest.json"}
    files["manifest.json"] = json.dumps({"files": hashes, "seal": verify_evidence.seal(hashes)}).encode()
    with zipfile.ZipFile(forged, "w") as new:
        for name, data in files.items():
            new.writestr(name, data)
    assert verify_evidence.main(str(forged)) == 1
    said = capsys.readouterr().out
    assert "stock W1/MILK/DEF" in said
    assert before not in said


def test_what_is_not_posted_has_no_evidence(db: None, tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.sells(1, at=NOON)
    shop.calculates()
    file = tmp_path / "evidence.zip"
    for number, code in ((shop.statement()["statement"], "STATEMENT_NOT_POSTED"), ("none", "UNKNOWN_STATEMENT")):
        answer = run("export_evidence", number, str(file))
        assert (answer.status, answer.codes) == (2, {code})
    assert not file.exists()


def test_it_is_asked_for_on_the_page_of_the_statement(package: Path, client: Client) -> None:
    statement = Statement.objects.get()
    address = f"/setup/import/evidence/{statement.pk}/"
    client.force_login(make_person("ada", "auditor"))
    assert f'action="{address}"' in client.get(f"/statements/{statement.pk}/").content.decode()
    client.post(address)
    job = Job.objects.get(kind="evidence")
    run_job(job.pk)
    job.refresh_from_db()
    assert job.status == Job.Status.DONE
    file = job.files.get()
    assert file.name == f"evidence-{statement.number}.zip"
    content = b"".join(read_file(file.pk))
    with zipfile.ZipFile(BytesIO(content)) as written, zipfile.ZipFile(package) as opened:
        assert json.loads(written.read("manifest.json"))["seal"] == json.loads(opened.read("manifest.json"))["seal"] == job.result["seal"]
    assert AuditEntry.objects.filter(action="export", actor="ada", subject=statement.number).exists()


def test_what_is_not_posted_has_none_on_the_page(db: None, client: Client) -> None:
    statement = StatementFactory.create()
    client.force_login(make_person("ada", "auditor"))
    client.post(f"/setup/import/evidence/{statement.pk}/")
    assert not Job.objects.exists()
    assert "A statement has evidence once it is posted." in client.get(f"/statements/{statement.pk}/").content.decode()


# -- batches and periods -----------------------------------------------------------------------------------------------


def verified(file: Path, folder: Path) -> tuple[int, str]:
    """What the script of the package says of it, without anything of this environment."""
    with zipfile.ZipFile(file) as opened:
        opened.extract("verify_evidence.py", folder)
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "verify_evidence.py"), str(file)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture
def busy(db: None, tmp_path: Path) -> Shop:
    """Two days: a sale of batch A and one on the default batch, which late goods of A pay; an order; a statement that was reversed."""
    shop = Shop(tmp_path)
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 3)
    sale = shop.sells(2, customer="C1")
    shop.posts()
    shop.sells(4, at=NOON + timedelta(days=1))
    shop.posts()
    shop.has("A", 9)
    shop.comes_in()
    assert run("settle_batch_debt").status == 0
    shop.takes_back(sale, 1, at=NOON + timedelta(days=1))
    shop.posts()
    shop.is_ordered(milk(1))
    assert shop.invoices().status == 0
    shop.sells(1, at=NOON + timedelta(days=2))
    shop.posts()
    wrong = shop.exports("statements")[-1]["statement"]
    assert run("reverse", "--statement", wrong, "--reason", "twice").status == 0
    assert run("recall", "--item", "MILK", "--batch", "A").status == 0
    return shop


def test_a_batch_has_a_package(busy: Shop, tmp_path: Path) -> None:
    file = tmp_path / "batch.zip"
    answer = run("export_evidence", str(file), "--item", "MILK", "--batch", "A")
    assert answer.status == 0, answer
    assert verified(file, tmp_path) == (0, f"VERIFIED {answer.data['seal']}\n")
    with zipfile.ZipFile(file) as opened:
        head = json.loads(opened.read("batch.json"))
        assert [row["quantity"] for row in head["receipts"]] == ["3.0000", "9.0000"]
        assert head["history"][0]["disposition"] == "available"
        assert head["recall"]["possible"] >= 0
        assert {row["batch"] for row in verify_evidence.rows(opened, "inventory-transactions.csv")} == {"A"}
        assert [row["quantity"] for row in verify_evidence.rows(opened, "on-hand.csv")] == ["6"]
        assert len(verify_evidence.rows(opened, "debt-settlements.csv")) == 1
        assert len(verify_evidence.rows(opened, "order-allocations.csv")) == 1
        assert verify_evidence.rows(opened, "recall.csv")
        assert opened.read("decisions.ndjson").count(b'"agrees": true') == 3


def test_a_period_has_a_package(busy: Shop, tmp_path: Path) -> None:
    file = tmp_path / "period.zip"
    second = (NOON + timedelta(days=1)).date().isoformat()
    answer = run("export_evidence", str(file), "--legal-entity", "LE", "--from", second, "--through", second)
    assert answer.status == 0, answer
    assert verified(file, tmp_path) == (0, f"VERIFIED {answer.data['seal']}\n")
    with zipfile.ZipFile(file) as opened:
        statements = [json.loads(line) for line in opened.read("statements.ndjson").decode().splitlines()]
        assert {row["business_date"] for row in statements} == {second}
        assert all(row["events"] and row["settings"] for row in statements)
        stock = {row["batch"]: (row["opening"], row["closing"]) for row in verify_evidence.rows(opened, "stock.csv")}
        assert {row["date"] for row in verify_evidence.rows(opened, "vouchers.csv")} == {second}
    # The receipt of the late goods is of before the period, and what they paid is of today.
    assert stock == {"A": ("10", "10"), "DEF": ("0", "-3")}


def test_the_whole_time_is_proven_with_reversals_and_settlements(busy: Shop, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    answer = run("export_evidence", str(file), "--legal-entity", "LE", "--from", "2000-01-01", "--through", "2099-12-31")
    assert verified(file, tmp_path) == (0, f"VERIFIED {answer.data['seal']}\n")


def test_a_forged_period_is_found_by_its_books(busy: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "period.zip"
    second = (NOON + timedelta(days=1)).date().isoformat()
    run("export_evidence", str(file), "--legal-entity", "LE", "--from", second, "--through", second)
    for name, old, new, says in (
        ("stock.csv", b",10\n", b",11\n", "stock W1/MILK/A: off by 1"),
        ("balances.csv", b"\n", b"\n9999,0,5\n", "account 9999: off by 5"),
    ):
        assert verify_evidence.main(str(rewritten(file, name, lambda data: data.replace(old, new, 1)))) == 1  # noqa: B023
        assert says in capsys.readouterr().out


def test_what_is_not_named_rightly_is_refused(db: None, tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 1)
    shop.comes_in()
    file = tmp_path / "evidence.zip"
    for arguments, code in (
        ((), "EVIDENCE_NOT_NAMED"),
        (("--item", "MILK"), "EVIDENCE_NOT_NAMED"),
        (("--item", "MILK", "--batch", "A", "--legal-entity", "LE"), "EVIDENCE_NOT_NAMED"),
        (("--item", "MILK", "--batch", "Z"), "UNKNOWN_BATCH"),
        (("--legal-entity", "NONE", "--from", "2024-01-01", "--through", "2024-01-02"), "UNKNOWN_LEGAL_ENTITY"),
        (("--legal-entity", "LE", "--from", "2024-01-03", "--through", "2024-01-02"), "DATES_REVERSED"),
        (("--legal-entity", "LE", "--from", "tomorrow", "--through", "2024-01-02"), "BAD_DATE"),
    ):
        answer = run("export_evidence", str(file), *arguments)
        assert (answer.status, answer.codes) == (2, {code}), arguments
        assert not file.exists()


def test_pages_ask_for_a_batch_and_for_a_period(busy: Shop, client: Client) -> None:
    batch = Batch.objects.get(number="A")
    address = f"/setup/import/evidence/batches/{batch.pk}/"
    client.force_login(make_person("ada", "auditor"))
    assert f'action="{address}"' in client.get(f"/inventory/batches/{batch.pk}/").content.decode()
    client.post(address)
    period = "/setup/import/evidence/period/"
    assert client.get(period).status_code == 200
    wrong = client.post(period, {"first": "2024-05-02", "last": "2024-05-01"})
    assert wrong.status_code == 422
    assert "turn the days round" in wrong.content.decode()
    client.post(period, {"first": "2024-05-01", "last": "2024-05-02"})
    names = []
    for job in Job.objects.filter(kind="evidence").order_by("pk"):
        run_job(job.pk)
        job.refresh_from_db()
        assert job.status == Job.Status.DONE, job.result
        names.append(job.files.get().name)
    assert names == ["evidence-MILK-A.zip", "evidence-LE-2024-05-01-2024-05-02.zip"]


def test_who_sees_some_stores_gets_neither(busy: Shop, client: Client) -> None:
    batch = Batch.objects.get(number="A")
    client.force_login(make_person("ivy", "inventory_controller", stores=[Store.objects.get(code="S1")]))
    answer = client.post(f"/setup/import/evidence/batches/{batch.pk}/", follow=True)
    assert "you see only some" in answer.content.decode()
    answer = client.post("/setup/import/evidence/period/", {"first": "2024-05-01", "last": "2024-05-02"})
    assert "you see only some" in answer.content.decode()
    assert not Job.objects.filter(kind="evidence").exists()
