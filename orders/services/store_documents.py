"""In which companies stores have documents, whatever app keeps the documents."""

from collections.abc import Collection

from core.lib.contributions import Contributions
from core.lib.problems import Problem
from orders.queries.open_items import companies_of_orders, stores_of_warehouses, warehouses_on_orders
from orders.rules.file_columns import store_company_problem

# Contributed by higher apps: (store id, company) for the stores asked about that have documents in that company.
STORE_DOCUMENTS: Contributions[Collection[int], tuple[int, str]] = Contributions()


def companies_with_documents(store_ids: Collection[int]) -> dict[int, list[str]]:
    """Codes of the companies in which stores have documents, posted or not, by store id; one query for each app that contributes."""
    found: dict[int, list[str]] = {}
    if store_ids:
        for store_id, company in sorted(companies_of_orders(store_ids).union(STORE_DOCUMENTS.ask(store_ids))):
            found.setdefault(store_id, []).append(company)
    return found


def move_problems(moves: Collection[tuple[int, str, str]]) -> dict[tuple[str, str], Problem]:
    """Why stores cannot sell for other companies, by store and company; `moves` are store id, store code and wanted company."""
    companies = companies_with_documents([store_id for store_id, _, _ in moves])
    refused = {}
    for store_id, store, company in moves:
        if problem := store_company_problem(store, companies.get(store_id, ()), company):
            refused[store, company] = problem
    return refused


def warehouses_with_documents(warehouse_ids: Collection[int]) -> set[int]:
    """Warehouses that orders name or whose stores have documents; a fixed number of queries."""
    stores = stores_of_warehouses(warehouse_ids)
    return warehouses_on_orders(warehouse_ids) | {stores[store_id] for store_id in companies_with_documents(stores)}
