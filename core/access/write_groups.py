"""Writes the roles as groups, for migrations: permissions that Django would make only after migrating are made here."""

from typing import Any

from django.db import migrations

from core.access.rights import OWN_RIGHTS, RIGHTS_OF_ROLE


def write_groups(apps: Any, editor: Any) -> None:
    """Makes every role a group with exactly its rights; doing it twice changes nothing.

    A permission needs its content type only, not its model's table, so the order of the apps' migrations does not matter; Django finds
    the rows afterwards and makes no second ones.
    """
    types, permissions, groups = (
        apps.get_model(*name) for name in (("contenttypes", "ContentType"), ("auth", "Permission"), ("auth", "Group"))
    )
    ids = {}
    for right in sorted(frozenset().union(*RIGHTS_OF_ROLE.values())):
        app, codename = right.split(".")
        kind, _, model = codename.partition("_")
        name = f"Can {kind} {model}"
        if right in OWN_RIGHTS:
            model, name = OWN_RIGHTS[right], codename.replace("_", " ").capitalize()
        content_type = types.objects.get_or_create(app_label=app, model=model)[0]
        found = permissions.objects.get_or_create(content_type=content_type, codename=codename, defaults={"name": name})
        ids[right] = found[0].pk
    for role, rights in RIGHTS_OF_ROLE.items():
        group = groups.objects.get_or_create(name=role)[0]
        group.permissions.set([ids[right] for right in rights])


def remove_groups(apps: Any, editor: Any) -> None:
    """Removes the groups; the permissions stay, they belong to the models."""
    apps.get_model("auth", "Group").objects.filter(name__in=list(RIGHTS_OF_ROLE)).delete()


first = migrations.RunPython(write_groups, remove_groups)
again = migrations.RunPython(write_groups, migrations.RunPython.noop)
