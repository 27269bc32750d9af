"""Profiles of imports: as text, under Setup, by command, remembered by source, and made in the wizard from the columns of a file."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from core.jobs.models import Job
from core.jobs.services import run_job
from core.lib.parsing import FieldError
from core.lib.reading_profiles import ColumnSource
from inventory.models import Disposition, Item
from retailhq.exchange.models import FileImport, ImportProfile, ImportSource
from retailhq.exchange.rules.mapping_text import read_mapping, write_mapping
from retailhq.exchange.rules.shipped_profiles import SHIPPED
from retailhq.exchange.rules.tables import TABLES, columns_of
from retailhq.exchange.services.files import CSV_KINDS, TRANSACTIONS
from retailhq.exchange.services.profiles import profile_for, remember_profile, remembered_profile, source_name
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, WRONG_USE, run

ITEMS = columns_of("items")


def test_tables_are_those_that_are_imported() -> None:
    assert TABLES.keys() == CSV_KINDS.keys() | {TRANSACTIONS}


# --- As text -------------------------------------------------------------------------------------------------------------------------

WORD = st.from_regex(r"[A-Za-z(][A-Za-z0-9 ()&]{0,15}[A-Za-z0-9)]", fullmatch=True).filter(lambda text: "  " not in text)
SOURCES = st.builds(
    ColumnSource,
    st.lists(WORD, max_size=2).map(tuple),
    WORD | st.just(""),
    st.booleans(),
    st.dictionaries(WORD.map(str.casefold) | st.just("*"), WORD | st.just(""), max_size=2),
).filter(lambda source: bool(source.headers or source.constant) and (bool(source.headers) or not source.is_optional))


@given(st.dictionaries(st.sampled_from(ITEMS), SOURCES, max_size=5))
def test_what_is_written_is_read(columns: dict[str, ColumnSource]) -> None:
    assert read_mapping(write_mapping(columns), "items", ITEMS) == columns


def test_shipped_profiles_can_be_written_as_text() -> None:
    for profile in SHIPPED.values():
        assert read_mapping(write_mapping(profile.columns), profile.kind, columns_of(profile.kind)) == dict(profile.columns)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("item", "items", "is not written as"),
        ("item =", "items", "is not written as"),
        ("article = SKU", "items", "'article' is no column of items"),
        ("item = SKU\nitem = EAN", "items", "'item' stands twice"),
        ("item = SKU", "", "needs the kind of file"),
        ("kind = Type; Service service", "items", "'Service service' is not written as theirs > ours"),
    ],
)
def test_lines_that_cannot_be_read(text: str, kind: str, said: str) -> None:
    with pytest.raises(FieldError) as refused:
        read_mapping(text, kind, columns_of(kind))
    assert said in str(refused.value)


# --- Under Setup and by command ------------------------------------------------------------------------------------------------------

PRICE_LIST = "Artikel;Bezeichnung;Einstand\n00012345;Milch;0,60\nBROT;Brot;1.200,00\n"
MAPPING = 'item = Artikel\nname = Bezeichnung\nitem_group = "FOOD"\nunit = "pcs"\nbatch_tracked = "false"\nnegative_physical = "true"\n'
MAPPING += 'wms_enabled = "false"\nstandard_cost = Einstand'


@pytest.fixture
def controller(client: Client, transactional_db: None) -> Client:
    client.force_login(make_person("ivan", "inventory_controller"))
    return client


def posted(client: Client, **more: str) -> int:
    """The status of a new profile under Setup."""
    values = {"code": "supplier", "name": "Supplier", "kind": "items", "delimiter": ";", "decimal_sign": ",", "date_order": "dmy"}
    answer = client.post("/setup/import-profiles/new/", {**values, "header_row": "0", "mapping": MAPPING, **more})
    return answer.status_code


def test_a_profile_is_made_under_setup_and_used_by_command(controller: Client, tmp_path: Path) -> None:
    assert posted(controller) == 302
    path = tmp_path / "prices.csv"
    path.write_text(PRICE_LIST)
    answer = run("import_data", "items", str(path), "--profile", "supplier")
    assert (answer.status, answer.data["new"], answer.data["profile"]) == (DONE, 2, "supplier")
    assert [f"{item.standard_cost:.2f}" for item in Item.objects.order_by("code")] == ["0.60", "1200.00"]
    assert ImportProfile.history.count() == 1
    ImportProfile.objects.update(is_active=False)
    assert run("import_data", "items", str(path), "--profile", "supplier").status == WRONG_USE


@pytest.mark.parametrize(
    "wrong",
    [
        {"mapping": "article = SKU"},
        {"mapping": "item = SKU", "kind": ""},
        {"time_zone": "Mars"},
        {"header_row": "first"},
        {"code": "european"},
    ],
)
def test_profiles_that_are_refused(controller: Client, wrong: dict[str, str]) -> None:
    assert posted(controller, **wrong) == 422
    assert not ImportProfile.objects.exists()


def test_a_clerk_may_look_and_not_change(client: Client, transactional_db: None) -> None:
    client.force_login(make_person("clara", "clerk"))
    assert client.get("/setup/import-profiles/").status_code == 200
    assert posted(client) == 403


# --- Remembered by source ------------------------------------------------------------------------------------------------------------


def test_files_of_one_source_are_known_by_their_name() -> None:
    assert source_name("/srv/in/Sales-2026-11-02.CSV.gz") == source_name("C:\\till\\sales-2026-11-30.csv") == "sales-#-#-#.csv"


@pytest.mark.django_db
def test_the_profile_of_an_import_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "dispositions-monday-1.csv"
    path.write_text("disposition;name;blocks_sale\nrecall;Recalled;true\n")
    assert run("import_data", "dispositions", str(path), "--profile", "semicolon", "--dry-run").status == DONE
    assert remembered_profile("dispositions", path.name) == "", "nothing was imported"
    assert run("import_data", "dispositions", str(path), "--profile", "semicolon").status == DONE
    assert remembered_profile("dispositions", "dispositions-monday-2.csv") == "semicolon"
    assert remembered_profile("items", "dispositions-monday-2.csv") == ""
    with CaptureQueriesContext(connection) as asked:
        remember_profile("dispositions", path.name, "semicolon")
    assert len(asked) == 1
    remember_profile("dispositions", path.name, "tabs")
    assert remembered_profile("dispositions", path.name) == "tabs"
    ImportSource.objects.update(profile="gone")
    assert remembered_profile("dispositions", path.name) == ""
    assert profile_for("dispositions", "plain") == profile_for("dispositions", "")


# --- In the wizard -------------------------------------------------------------------------------------------------------------------


def run_all() -> None:
    for job in Job.objects.filter(status="queued").order_by("pk"):
        run_job(job.pk)


def uploaded(client: Client, content: bytes, kind: str, name: str, **more: str) -> str:
    answer = client.post("/setup/import/", {"kind": kind, "file": SimpleUploadedFile(name, content), **more})
    assert answer.status_code == 302, answer.content.decode()
    run_all()
    return str(answer["Location"])


def columns_posted(**more: str) -> dict[str, str]:
    """The form of columns as a browser posts it for the price list."""
    values = {"delimiter": ";", "decimal_sign": ",", "date_order": "iso", "header_row": "0", "code": "supplier"}
    sources = {"item": "Artikel", "name": "Bezeichnung", "standard_cost": "Einstand"}
    constants = {"item_group": "FOOD", "unit": "pcs", "batch_tracked": "false", "negative_physical": "true", "wms_enabled": "false"}
    return {
        **values,
        **{f"from-{column}": header for column, header in sources.items()},
        **{f"always-{column}": text for column, text in constants.items()},
        **more,
    }


def test_columns_are_mapped_with_a_preview_and_kept(controller: Client) -> None:
    address = uploaded(controller, PRICE_LIST.encode("cp1252"), "items", "prices-1.csv")
    page = f"{address}columns/"
    assert page in controller.get(address).content.decode()
    first = controller.get(page).content.decode()
    assert '<option value="Artikel" selected>' in first, "what other programs call it is known"
    preview = controller.post(page, {**columns_posted(), "action": "preview"}).content.decode()
    assert "1200.000000" in preview
    assert "Milch" in preview
    assert not ImportProfile.objects.exists()
    assert not Item.objects.exists()
    answer = controller.post(page, {**columns_posted(), "action": "save"})
    assert answer.status_code == 302, answer.content.decode()
    run_all()
    checked = controller.get(answer["Location"]).content.decode()
    assert "supplier" in checked
    assert FileImport.objects.latest("pk").check_job.arguments["profile"] == "supplier"
    controller.post(f"{answer['Location']}apply/")
    run_all()
    assert set(Item.objects.values_list("code", flat=True)) == {"00012345", "BROT"}
    # The next file of this name is read by it without a word, and the profile is changed from there.
    again = uploaded(controller, PRICE_LIST.replace("Milch", "Vollmilch").encode(), "items", "prices-2.csv")
    assert FileImport.objects.latest("pk").check_job.arguments["profile"] == "supplier"
    assert 'value="supplier"' in controller.get(f"{again}columns/").content.decode()
    answer = controller.post(f"{again}columns/", {**columns_posted(), "always-unit": "stk", "action": "save"})
    assert answer.status_code == 302
    assert 'unit = "stk"' in ImportProfile.objects.get().mapping
    assert ImportProfile.history.count() == 2


def test_what_is_wrong_is_said_in_the_preview_or_at_the_field(controller: Client) -> None:
    page = f"{uploaded(controller, PRICE_LIST.encode(), 'items', 'p.csv')}columns/"
    said = controller.post(page, {**columns_posted(decimal_sign="."), "action": "preview"}).content.decode()
    assert "has a comma; choose a profile with decimal comma" in said
    said = controller.post(page, {**columns_posted(**{"always-unit": ""}), "action": "preview"}).content.decode()
    assert "does not say where &#x27;unit&#x27; comes from" in said
    for wrong in (
        {"code": ""},
        {"values-unit": "St pcs"},
        {"time_zone": "Mars"},
        {"delimiter": "x"},
        {"header_row": "-1"},
        {"code": "x" * 99},
    ):
        answer = controller.post(page, {**columns_posted(**wrong), "action": "save"})
        assert answer.status_code == 400, wrong
    assert not ImportProfile.objects.exists()


def test_files_without_columns_have_no_such_page(controller: Client, client: Client) -> None:
    order = uploaded(controller, b"{}\n", "dispositions", "d.csv")
    FileImport.objects.update(kind="customer-orders")
    assert controller.get(f"{order}columns/").status_code == 404
    FileImport.objects.update(kind="dispositions", file=None)
    assert controller.get(f"{order}columns/").status_code == 404


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01", b"PK\x03\x04junk", b"\x1f\x8bjunk", b"<xml/>", "a\tb\n".encode("utf-16"), b'"open\n' * 60]
)
def test_no_file_breaks_the_page(controller: Client, content: bytes) -> None:
    page = f"{uploaded(controller, content or b' ', 'items', 'x.csv')}columns/"
    assert controller.get(page).status_code == 200
    assert controller.post(page, {**columns_posted(), "action": "preview"}).status_code == 200


def test_who_may_not_keep_profiles_sees_why(client: Client, transactional_db: None) -> None:
    person: User = make_person("clara", "clerk")
    client.force_login(person)
    page = f"{uploaded(client, b'disposition;name;blocks_sale', 'transactions', 'd.csv')}columns/"
    assert "You may look, but not change" in client.get(page).content.decode()
    assert client.post(page, {"action": "save", "code": "x"}).status_code == 403
    assert not Disposition.objects.filter(code="recall").exists()
