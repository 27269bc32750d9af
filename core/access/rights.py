"""Rights by role: each app declares what the roles may do with its models; they are collected here when Django is ready.

A right is a Django permission, `app.codename`. An app's `permissions` module declares `RIGHTS`, pairs of role keys and rights, and
`OWN_RIGHTS`, its rights beside Django's view, add and change with the model whose permission they are. Every `migrate` writes the
groups anew (`docs/adr/0007-access.md`).
"""

Grants = tuple[tuple[str, frozenset[str]], ...]

RIGHTS_OF_ROLE: dict[str, frozenset[str]] = {}
OWN_RIGHTS: dict[str, str] = {}


def rights(app: str, kinds: str, models: str) -> frozenset[str]:
    """`rights("orders", "view change", "customer store")`: every kind for every model of the app."""
    return frozenset(f"{app}.{kind}_{model}" for model in models.split() for kind in kinds.split())


def collect_rights(grants: Grants, own: dict[str, str]) -> None:
    """Adds what one app declares; `clerk poster` in a grant stands for each of these roles."""
    OWN_RIGHTS.update(own)
    for roles, granted in grants:
        for role in roles.split():
            RIGHTS_OF_ROLE[role] = RIGHTS_OF_ROLE.get(role, frozenset()) | granted
