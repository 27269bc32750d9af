"""Example files, one for each kind: the columns and rows that are right, to be filled in."""

from typing import Any, NamedTuple

from core.lib.csv_columns import FileFormat
from inventory.rules import file_columns as inventory
from inventory.rules.journal_columns import JOURNALS
from orders.rules import file_columns as orders
from parameters.rules.file_columns import LEGAL_ENTITIES
from statements.rules.z_report import Z_REPORTS


class Template(NamedTuple):
    """The name and content of an example file; `columns` names what may stand in it."""

    name: str
    columns: str
    content: str


def _csv(wanted: FileFormat[Any], *rows: str) -> Template:
    header = ",".join(column.name for column in wanted.columns)
    return Template(f"{wanted.kind}.csv", header.replace(",", ", "), "\n".join([header, *rows, ""]))


TRANSACTION = (
    '{"store":"S1","terminal":"T1","number":"1001","kind":"sale","sold_at":"2024-05-01T11:53:26-05:00","currency":"USD",'
    '"customer":null,"staff":"0042","lines":[{"number":1,"item":"MILK","quantity":"2","unit":"each","price":"1.39","discount":"0.28",'
    '"net":"2.50","tax":"0.15","batch":null,"voided":false,"return_of":null}],"payments":[{"number":1,"method":"cash","amount":"2.65"}],'
    '"net":"2.50","tax":"0.15","total":"2.65"}\n'
)
CUSTOMER_ORDER = (
    '{"store":"S1","order":"CO1001","customer":"C1","ordered_at":"2024-05-01T11:53:26-05:00","delivery":"pickup","currency":"USD",'
    '"lines":[{"number":1,"item":"MILK","quantity":"2","unit":"each","price":"1.39","discount":"0.28","net":"2.50","tax":"0.15",'
    '"batch":null,"voided":false,"return_of":null}],"payments":[{"number":1,"method":"cash","amount":"1.00"}],'
    '"net":"2.50","tax":"0.15","total":"2.65"}\n'
)
TEMPLATES: dict[str, Template] = {
    "legal-entities": _csv(LEGAL_ENTITIES, "LE1,Green Market Inc.,USD"),
    "warehouses": _csv(inventory.WAREHOUSES, "W1,Warehouse of store 1,EAST,LE1,false,true,false"),
    "stores": _csv(orders.STORES, "S1,Store 1,W1,USD,America/New_York,00:00,0.05,last,total,terminal,company,time"),
    "customers": _csv(orders.CUSTOMERS, "C1,Somebody,false,500.00,,,"),
    "items": _csv(inventory.ITEMS, "MILK,Whole milk,DAIRY,each,true,true,false,fefo,10,1.05,stocked,standard,"),
    "dispositions": _csv(inventory.DISPOSITIONS, "recalled,Recalled,true"),
    "unit-conversions": _csv(inventory.UNIT_CONVERSIONS, "MILK,case,each,12,1"),
    "receipts": _csv(inventory.RECEIPTS, "R1,1,W1,MILK,B1,24,1.05,2024-04-30T06:00:00-05:00,2024-04-28,2024-05-10,"),
    "batches": _csv(inventory.BATCHES, "MILK,B1,blocked,,2024-05-08"),
    "journals": _csv(
        JOURNALS,
        "J1,1,receipt_correction,W1,,MILK,B1,-2,2024-05-01,R1/1,Two came less than the receipt says",
    ),
    "z-reports": _csv(Z_REPORTS, "S1,T1,,2024-05-01,tender:cash,30.00"),
    "transactions": Template(
        "transactions.ndjson", "one JSON object a line: store, terminal, number, kind, sold_at, lines, payments, totals", TRANSACTION
    ),
    "customer-orders": Template(
        "customer-orders.ndjson",
        "one JSON object a line: store, order, customer, ordered_at, delivery, lines, payments, totals",
        CUSTOMER_ORDER,
    ),
}
