"""Tasks of password resets."""

from celery import shared_task

from core.access import services


@shared_task(name="access.send_reset_links", autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def send_reset_links(address: str, site: str, language: str) -> None:
    """Sends the links for a new password; a mail server that is away is tried again."""
    services.send_reset_links(address, site, language)
