"""The table of pages and roles, for docs/roles.md: what each role may do on each page."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from core.access.pages import ANYBODY, BY_TOKEN, OF_ITS_KIND, PAGES, SIGNED_IN, need_of
from core.access.roles import ROLES, Role
from core.masterdata.declaration import MasterData, declared
from retailhq.exchange.services.files import KINDS
from retailhq.exchange.services.guards import may_import

ALL, LOOK, NOTHING = "yes", "look", "no"
HEAD = """# Roles and pages

Printed by `manage.py print_roles > docs/roles.md`; a test asks every address with every role, by GET and by POST, and compares the answers
with this table (`tests/core/access/test_matrix.py`). *yes*: may open the page and do what it is for; *look*: may open it, but change
nothing; *no*: is refused (403). Somebody who is not signed in is sent to the sign-in by every page but those marked *anybody*.
A page that is not here is refused to everybody.

What people see on a page is narrowed to the stores given to them (Setup > Users): an id of another store is not found (404). Everybody sees
their own jobs; those of others are for Poster, Administrator and Auditor. Pages *of its kind* serve many kinds of master data; what may be
done with each kind stands in the second table. Addresses marked *token* are the HTTP API: no role opens them, but a token (docs/api.md).
A file may be imported by who may change the same on the pages (third table), and only rows of the person's own stores are taken.

"""


def addresses(
    patterns: list[URLPattern | URLResolver], path: str = "/", spaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, URLPattern]]:
    """Every page of the address table: url name with its namespaces, address with its placeholders, pattern."""
    for pattern in patterns:
        route = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route, (*spaces, pattern.namespace) if pattern.namespace else spaces)
        else:
            yield ":".join((*spaces, pattern.name or "?")), route, pattern


def may(role: Role, name: str, method: str) -> bool:
    """Whether the role opens the page with that method."""
    need = need_of(name, method)
    return need in {ANYBODY, SIGNED_IN} or need in role.rights


def cell(role: Role, name: str) -> str:
    """What a role may do on a page."""
    looks, acts = may(role, name, "GET"), may(role, name, "POST")
    return ALL if acts else LOOK if looks else NOTHING


def markdown() -> str:
    """The whole of docs/roles.md, in English."""
    with translation.override("en"):
        lines = [f"- **{role.title}**: {role.does}" for role in ROLES]
        lines += ["", f"| Page | Address | {' | '.join(str(role.title) for role in ROLES)} |", f"|---|---|{'---|' * len(ROLES)}"]
        for name, path, _ in sorted(addresses(get_resolver().url_patterns), key=lambda page: page[1]):
            same = {ANYBODY: "anybody", OF_ITS_KIND: "of its kind", BY_TOKEN: "token"}.get(str(PAGES.get(name)))
            cells = [same] * len(ROLES) if same else [cell(role, name) for role in ROLES]
            lines.append(f"| {name} | `{path}` | {' | '.join(cells)} |")
        lines += ["", f"| Master data | {' | '.join(str(role.title) for role in ROLES)} |", f"|---|{'---|' * len(ROLES)}"]
        lines += [f"| {slug} | {' | '.join(kind_cell(role, record) for role in ROLES)} |" for slug, record in declared().items()]
        lines += ["", f"| Import | {' | '.join(str(role.title) for role in ROLES)} |", f"|---|{'---|' * len(ROLES)}"]
        for kind in KINDS:
            lines.append(
                f"| import of {kind} | {' | '.join(ALL if may_import(role.rights.__contains__, kind) else NOTHING for role in ROLES)} |"
            )
    return HEAD + "\n".join(lines) + "\n"


def kind_cell(role: Role, record: MasterData) -> str:
    """What a role may do with a kind of master data."""
    if record.right("change") in role.rights:
        return ALL
    return LOOK if record.right("view") in role.rights else NOTHING
