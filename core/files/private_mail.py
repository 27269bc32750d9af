"""Mails as files, on a machine without mail server: only this account can read them, because a mail may hold the way into an account."""

import os
from pathlib import Path
from typing import Any

from django.core.mail.backends.filebased import EmailBackend as FileBackend


class PrivateFileBackend(FileBackend):
    """Django's backend with a folder of mode 700 and files of mode 600, whatever the umask is and an earlier version left."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        folder = Path(self.file_path)
        folder.chmod(0o700)
        for mail in folder.iterdir():
            mail.chmod(0o600)

    def open(self) -> bool:
        """Makes the file of this connection."""
        # Its types know no file behind it.
        backend: Any = self
        if backend.stream is not None:
            return False
        descriptor = os.open(backend._get_filename(), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        backend.stream = os.fdopen(descriptor, "ab")
        return True
