"""Uploads on their way in: written to disk as they come, cut off at the limit."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler

MEGABYTE = 1 << 20


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Drops a file beyond UPLOAD_LIMIT_MB before more of it fills the disk, and leaves a mark on the request for the form to tell."""

    chunk_size = MEGABYTE

    def new_file(self, *arguments: Any, **named: Any) -> None:
        """Counts the size of each file from zero."""
        super().new_file(*arguments, **named)
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Stops the upload once it exceeds UPLOAD_LIMIT_MB. Raises StopUpload."""
        self._size += len(raw_data)
        if self._size > settings.UPLOAD_LIMIT_MB * MEGABYTE:
            if self.request is not None:
                self.request.upload_too_large = True  # type: ignore[attr-defined]
            # The rest is read and thrown away, so that the browser gets a page with the reason instead of a broken connection.
            raise StopUpload(connection_reset=False)
        super().receive_data_chunk(raw_data, start)
