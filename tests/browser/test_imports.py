"""Import a file with rejects, see why, upload the corrected one, import it: on the pages, with real jobs."""

from pathlib import Path

from playwright.sync_api import Page, expect

from core.jobs.models import Job
from core.jobs.services import run_job
from inventory.models import Disposition
from tests.browser.conftest import Opener
from tests.browser.world import Showcase

HEADER = "disposition,name,blocks_sale\n"


def work() -> None:
    """What a worker would do with what is asked for."""
    for job_id in Job.objects.filter(status="queued").values_list("pk", flat=True):
        run_job(job_id)


def upload(page: Page, path: Path, text: str) -> None:
    path.write_text(text)
    page.get_by_label("What the file holds").select_option("dispositions")
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Upload and check").click()


def test_a_file_with_rejects_is_corrected_and_imported(open_page: Opener, showcase: Showcase, tmp_path: Path) -> None:
    page = open_page("/setup/import/", user="maria")
    upload(page, tmp_path / "monday.csv", f"{HEADER}recalled,Recalled,true\ndamaged,Damaged,perhaps\n")
    expect(page.get_by_text("Being checked", exact=True)).to_be_visible()
    work()
    expect(page.get_by_text("Checked, not imported", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Rows refused")).to_contain_text("'perhaps' is not true or false")
    expect(page.get_by_role("link", name="Download rejects")).to_be_visible()
    assert not Disposition.objects.filter(code="recalled").exists()

    page.get_by_role("button", name="Upload corrected file").click()
    upload(page, tmp_path / "corrected.csv", f"{HEADER}recalled,Recalled,true\ndamaged,Damaged,true\n")
    work()
    expect(page.get_by_role("heading", name="corrected.csv")).to_be_visible()
    expect(page.get_by_role("link", name="monday.csv")).to_be_visible()
    expect(page.get_by_role("region", name="Rows accepted")).to_contain_text("Damaged")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Being imported", exact=True)).to_be_visible()
    work()
    expect(page.get_by_text("Imported", exact=True)).to_be_visible()
    assert Disposition.objects.filter(code__in=("recalled", "damaged")).count() == 2
