"""The roles as groups in the database."""

from django.contrib.auth.models import Group, Permission

from core.access.rights import RIGHTS_OF_ROLE


def write_groups(using: str = "default") -> None:
    """Makes every role a group with exactly its rights; doing it twice changes nothing. The permissions are there already."""
    rows = Permission.objects.using(using).values_list("content_type__app_label", "codename", "pk")
    ids = {f"{app}.{codename}": pk for app, codename, pk in rows}
    for role, rights in RIGHTS_OF_ROLE.items():
        group = Group.objects.using(using).get_or_create(name=role)[0]
        group.permissions.set([ids[right] for right in rights])
