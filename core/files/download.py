"""Stored files as downloads."""

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from core.files.models import StoredFile
from core.files.storage import read_file


def download(file: StoredFile) -> StreamingHttpResponse:
    """The file as an attachment, streamed part by part; a browser never shows it as a page of ours."""
    response = StreamingHttpResponse(read_file(file.pk), content_type=file.media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    response["Content-Length"] = str(file.size)
    response["X-Content-Type-Options"] = "nosniff"
    return response
