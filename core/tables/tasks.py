"""Makes the job kinds of lists known to every worker; the task itself is that of the room of jobs."""

from core.tables import export_job

__all__ = ["export_job"]
