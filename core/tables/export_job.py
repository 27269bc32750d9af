"""A long list as a file, made by a worker: the same rows, columns and language as on the page that asked."""

from collections.abc import Iterator
from importlib import import_module

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import override

from core.access.access import COMPANY_KEY, Access
from core.files.storage import write_file
from core.jobs.kinds import JobResult, register_kind
from core.jobs.run import Run
from core.lib.messages import Message
from core.lib.problems import BusinessError, Code, Problem, register
from core.tables.exports import MEDIA_TYPES, Row, file_blocks, headers, plain_rows
from core.tables.page import LISTS, ListPage
from core.tables.request import ListRequest, found_rows, read_request

KIND = "export_list"

register(
    Code(
        "UNKNOWN_LIST",
        "export",
        "There is no such list, or the person may not see it any more.",
        "Open the list and export it again.",
        "There is no such list, or you may not see it.",
    )
)


def arguments_of(page: ListPage, asked: ListRequest, form: str, company: str, language: str) -> dict[str, str]:
    """What a worker needs to find the same rows again; the columns by name, since the person may choose others meanwhile."""
    query = asked.query.urlencode()
    columns = ",".join(asked.columns)
    return {"list": page.key, "query": query, "columns": columns, "form": form, "company": company, "language": language}


def make_export(run: Run) -> JobResult:
    """Writes the file; what is in it is what its owner may see now. Raises BusinessError UNKNOWN_LIST."""
    # Lists make themselves known when the addresses are loaded, which a worker does not do by itself.
    import_module(settings.ROOT_URLCONF)
    asked_by = User.objects.filter(pk=run.user_id or 0).first()
    page = LISTS.get(str(run.arguments.get("list")))
    # Stands for the session of a person who is not there: the company in which they asked.
    session = SessionBase()
    session[COMPANY_KEY] = str(run.arguments.get("company", ""))
    access = Access(asked_by, session) if asked_by else None
    if page is None or access is None or not access.may(page.view) or (page.export_right and not access.has(page.export_right)):
        raise BusinessError(Problem("UNKNOWN_LIST"))
    form = str(run.arguments.get("form"))
    form = form if form in MEDIA_TYPES else "csv"
    asked = read_request(page, QueryDict(str(run.arguments.get("query"))) or QueryDict("view=none"), (), ())
    columns = [name for name in str(run.arguments.get("columns")).split(",") if name in page.columns] or list(asked.columns)
    with override(str(run.arguments.get("language"))):
        rows = found_rows(page, access, asked)[1]
        total = rows.order_by().count()
        run.progress(0, total, Message("Writing rows"))
        values = counted(run, plain_rows(page, rows.order_by(*page.order_of(asked.sort)), columns, access))
        blocks = file_blocks(form, str(page.title), headers(page, columns), values)
        file = write_file(f"{page.key}-{timezone.localdate():%Y-%m-%d}.{form}", MEDIA_TYPES[form], blocks, asked_by)
    return JobResult({"rows": total}, files=[file])


def counted(run: Run, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows, with progress told as they pass."""
    for number, row in enumerate(rows, 1):
        if number % 1_000 == 0:
            run.progress(number)
        yield row


register_kind(KIND, make_export)
