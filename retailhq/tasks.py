"""Makes the jobs of import, export and integrity known to every worker."""

from retailhq.exchange.services import evidence_job, file_imports, folder
from retailhq.integrity import job as integrity_job

__all__ = ["evidence_job", "file_imports", "folder", "integrity_job"]
