"""Files as people have them, through the wizard: taken, taken with a profile, or refused once in words that a shopkeeper understands."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from core.jobs import services
from core.jobs.services import run_job
from inventory.models import Item
from orders.models import Store
from retailhq.exchange.models import FileImport, ImportProfile
from statements.models import PosTransaction
from tests.browser.conftest import Opener
from tests.browser.world import Showcase
from tests.oracle.commands import DONE, run
from tests.retailhq.exchange.test_people_files import EXPECTED, FILES
from tests.retailhq.exchange.test_till_systems import EXAMPLES
from tests.statements.test_saf_t_cash_register import EXAMPLE as SAF_T

# What no shopkeeper should read.
PARSER = re.compile(r"Expected `|malformed|codec|Traceback|Error:|0x[0-9a-f]{2}|UNEXPECTED")
KINDS = {"items": "Items", "receipts": "Receipts of goods", "transactions": "POS transactions"}


def upload(page: Page, kind: str, path: Path, profile: str = "plain") -> FileImport:
    """The upload, once its check is done."""
    page.goto(re.sub(r"(//[^/]+)/.*", r"\1/setup/import/", page.url))
    page.get_by_label("What the file holds").select_option(KINDS[kind])
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_label("How it is written").select_option(profile)
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_url(re.compile(r"/setup/import/[0-9]+/$"))
    expect(page.locator("#import-live")).not_to_have_attribute("hx-trigger", "every 1s")
    return FileImport.objects.latest("pk")


def send(page: Page, kind: str, path: Path, profile: str) -> FileImport:
    """As the upload, past the form, which looks the same before each file."""
    form = {"csrfmiddlewaretoken": page.locator("[name=csrfmiddlewaretoken]").first.input_value(), "kind": kind, "profile": profile}
    file: FilePayload = {"name": path.name, "mimeType": "text/csv", "buffer": path.read_bytes()}
    answer = page.request.post("/setup/import/", multipart={**form, "file": file}, max_redirects=0)
    page.goto(answer.headers["location"])
    expect(page.locator("#import-live")).not_to_have_attribute("hx-trigger", "every 1s")
    return FileImport.objects.latest("pk")


def apply(page: Page) -> None:
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Imported", exact=True)).to_be_visible()


@pytest.fixture
def shop(showcase: Showcase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop beside the showcase, as the files of people name it.

    What is asked for is done at once: that a page brings itself up to date when work ends is a test of its own (test_imports.py).
    """

    def work_at_once(task: str, job_id: int) -> bool:
        return run_job(job_id)

    monkeypatch.setattr(services, "send", work_at_once)
    texts = {kind: (FILES / f"base-{kind}.csv").read_text() for kind in ("legal-entities", "warehouses", "stores", "items")}
    for kind, text in texts.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(text)
        assert run("import_data", kind, str(path)).status == DONE
    return tmp_path


@pytest.mark.slow
def test_every_file_goes_in_or_is_refused_once(open_page: Opener, shop: Path) -> None:
    """One journey over all files: each with the profile that it needs, or without one."""
    page = open_page("/setup/import/", user="maria")
    for name, expected in EXPECTED.items():
        if not (FILES / name).stat().st_size:
            # The form says so at once.
            continue
        kind = name.partition("-")[0]
        found = send(page, kind, FILES / name, expected.profile or "plain")
        shown = page.locator("#import-live").inner_text()
        assert not PARSER.search(shown), f"{name}: {shown}"
        if expected.refused and not expected.profile:
            assert page.get_by_role("alert").count() == 1, name
            assert page.locator(".problem-list > li").count() == 1, f"{name}: said once"
        else:
            result = found.check_job.result
            taken = result["new"] + result["updated"] + result["unchanged"]
            assert (taken, result["rejected"]) == (expected.taken, len(expected.codes)), name


@pytest.mark.parametrize(
    ("name", "kind", "profile", "number"),
    [
        ("square-items.csv", "transactions", "square", 3),
        ("shopify-orders.csv", "transactions", "shopify", 3),
        ("lightspeed-sales.csv", "transactions", "lightspeed", 3),
        ("dynamics-sales.csv", "transactions", "dynamics", 3),
        ("shopify-products.csv", "items", "shopify-products", 2),
        ("dynamics-products.csv", "items", "dynamics-products", 2),
    ],
)
def test_exports_of_tills_go_in(open_page: Opener, shop: Path, name: str, kind: str, profile: str, number: int) -> None:
    Store.objects.filter(code="S1").update(name="Shop 1")
    goods = (FILES / "base-items.csv").read_text().partition("\n")[0] + "\n"
    goods += "MILK,Milk,D,pcs,false,true,false,fefo,,1\nBREAD,Bread,D,pcs,false,true,false,fefo,,1\n"
    (shop / "goods.csv").write_text(goods)
    assert run("import_data", "items", str(shop / "goods.csv")).status == DONE
    text = (EXAMPLES / name).read_text()
    if profile == "lightspeed":
        # Its ledger names no store, and there are several here.
        text = "\n".join(f"{line},{'Outlet' if not place else 'Shop 1'}" for place, line in enumerate(text.splitlines()))
    (shop / name).write_text(text)
    page = open_page("/setup/import/", user="maria")
    upload(page, kind, shop / name, profile)
    expect(page.get_by_text("Checked, not imported", exact=True)).to_be_visible()
    apply(page)
    found = (
        PosTransaction.objects.filter(store__code="S1").count()
        if kind == "transactions"
        else Item.objects.filter(code__in=("MILK", "BREAD")).count()
    )
    assert found == number


def test_the_example_of_the_tax_authority_goes_in(open_page: Opener, shop: Path) -> None:
    Store.objects.filter(code="S1").update(name="Location A: Shop Frogner")
    page = open_page("/setup/import/", user="maria")
    upload(page, "transactions", SAF_T)
    expect(page.get_by_text("What moves neither goods nor money has no counterpart here and was passed over")).to_be_visible()
    apply(page)
    assert PosTransaction.objects.filter(store__code="S1").count() == 6


def test_columns_are_mapped_with_a_preview(open_page: Opener, shop: Path) -> None:
    path = shop / "prices.csv"
    path.write_text("Artikel;Bezeichnung;Einstand\nKAFFEE;Kaffee;4,50\nTEE;Tee;1.200,00\n")
    page = open_page("/setup/import/", user="maria")
    upload(page, "items", path)
    expect(page.get_by_role("alert")).to_contain_text("The columns are parted by semicolons")
    page.get_by_role("link", name="Map columns").click()
    expect(page.get_by_label("Column for item", exact=True)).to_have_value("Artikel")
    expect(page.get_by_label("Column for standard_cost", exact=True)).to_have_value("Einstand")
    page.get_by_label("Decimal sign").select_option("Comma")
    for column, value in {
        "item_group": "FOOD",
        "unit": "pcs",
        "batch_tracked": "no",
        "negative_physical": "yes",
        "wms_enabled": "no",
    }.items():
        page.get_by_label(f"Constant for {column}", exact=True).fill(value)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="As the first rows will be read")).to_contain_text("1200")
    assert not Item.objects.filter(code="TEE").exists()
    page.get_by_label("Profile", exact=True).fill("grossist")
    page.get_by_role("button", name="Save and check").click()
    page.wait_for_url(re.compile(r"/setup/import/[0-9]+/$"))
    expect(page.get_by_role("region", name="Rows accepted")).to_contain_text("KAFFEE")
    apply(page)
    assert f"{Item.objects.get(code='TEE').standard_cost:.2f}" == "1200.00"
    assert ImportProfile.objects.get().code == "grossist"
