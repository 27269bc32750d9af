"""An evidence package proves itself offline, and notices whatever was changed."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client

from core.access.models import AuditEntry
from core.files.storage import read_file
from core.jobs.models import Job
from core.jobs.services import run_job
from retailhq.exchange import verify_evidence
from statements.models import Statement
from tests.core.access.people import make_person
from tests.factories import StatementFactory
from tests.oracle.commands import run
from tests.scenarios.world import NOON, Shop

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
