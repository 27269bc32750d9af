"""Imports texts as a stranger would: a file, the command, its answer and the rejects beside the file."""

from pathlib import Path
from typing import Any

from tests.oracle.commands import DONE, Answer, rejected, run

LEGAL_ENTITIES = "legal_entity,name,currency\nLE,Foods,USD\n"
WAREHOUSES = (
    "warehouse,name,site,legal_entity,wms_enabled,store_negative_physical\nW1,First,EAST,LE,false,false\nW2,Second,WEST,LE,true,true\n"
)
STORES = (
    "store,name,warehouse,currency,time_zone,end_of_business_day\n"
    "S1,First,W1,USD,America/New_York,00:00\nS2,Second,W2,USD,Europe/Berlin,04:00\n"
)
CUSTOMERS = "customer,name,blocked\nC1,Somebody,false\n"
ITEM_COLUMNS = "item,name,item_group,unit,batch_tracked,negative_physical,wms_enabled,allocation_policy,shelf_life_days,standard_cost\n"
ITEMS = ITEM_COLUMNS + (
    "MILK,Milk,DAIRY,each,true,true,false,fefo,10,1.00\n"
    "CHEESE,Cheese,DAIRY,each,true,false,false,fifo,,4.00\n"
    "NAILS,Nails,TOOLS,each,false,true,false,,,0.10\n"
)
RECEIPT_COLUMNS = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at,manufactured_on,expires_on,disposition\n"


def load(folder: Path, kind: str, content: str | bytes, *options: str, name: str = "file.csv") -> tuple[Answer, list[dict[str, str]]]:
    """Imports the content; the answer and the rows of the rejects file."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    answer = run("import_data", kind, str(path), *options)
    assert "Traceback" not in answer.errors
    return answer, rejected(path)


def load_good(folder: Path, kind: str, content: str) -> dict[str, Any]:
    """Imports content that must be taken as a whole."""
    answer, rejects = load(folder, kind, content)
    assert (answer.status, rejects) == (DONE, []), (answer, rejects)
    return answer.data


def load_world(folder: Path) -> None:
    """One legal entity with two warehouses, their stores, a customer and three items."""
    for kind, content in (
        ("legal-entities", LEGAL_ENTITIES),
        ("warehouses", WAREHOUSES),
        ("stores", STORES),
        ("customers", CUSTOMERS),
        ("items", ITEMS),
    ):
        load_good(folder, kind, content)


def counts(data: dict[str, Any]) -> tuple[int, int, int, int]:
    """(new, updated, unchanged, rejected) of a report."""
    return (data["new"], data["updated"], data["unchanged"], data["rejected"])
