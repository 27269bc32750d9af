"""Profiles that are there from the start: how spreadsheets of some countries write files, and the exports of some till systems."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from core.lib.cells import CellStyle, DateOrder
from core.lib.messages import Message
from core.lib.reading_profiles import ANY_OTHER, ColumnSource, ReadingProfile

EUROPEAN: Final = CellStyle(decimal_sign=",", date_order=DateOrder.DAY_MONTH, groups_thousands=True)
AMERICAN: Final = CellStyle(date_order=DateOrder.MONTH_DAY, groups_thousands=True, has_money_signs=True)

BRITISH: Final = CellStyle(date_order=DateOrder.DAY_MONTH, groups_thousands=True)
SERIAL_DATES: Final = CellStyle(has_serial_dates=True)
ODD_CODES: Final = CellStyle(has_odd_codes=True)
WINDOWS: Final = "windows-1252"

_semicolon = partial(ReadingProfile, delimiter=";")
_tabs = partial(ReadingProfile, delimiter="\t")
SPREADSHEETS: Final = (
    _semicolon("semicolon", Message("Semicolons, decimal point, 2017-01-31")),
    _semicolon("european", Message("Semicolons, decimal comma, 31.12.2017"), style=EUROPEAN),
    _semicolon("european-windows", Message("Semicolons, decimal comma, 31.12.2017, Windows-1252"), encoding=WINDOWS, style=EUROPEAN),
    ReadingProfile("british", Message("Commas, decimal point, 31/12/2017"), style=BRITISH),
    ReadingProfile("american", Message("Commas, decimal point, 12/31/2017, $ before amounts"), style=AMERICAN),
    _tabs("tabs", Message("Tabs, decimal point, 2017-01-31")),
    _tabs("unicode-text", Message("Unicode text of a spreadsheet: UTF-16, tabs, decimal point"), encoding="utf-16"),
    ReadingProfile("utf-16", Message("Commas, decimal point, UTF-16"), encoding="utf-16"),
    ReadingProfile("windows", Message("Commas, decimal point, Windows-1252"), encoding=WINDOWS),
    ReadingProfile("serial-dates", Message("Commas, decimal point, dates as numbers of a spreadsheet"), style=SERIAL_DATES),
    ReadingProfile("odd-codes", Message("As our own files, codes right as they stand"), style=ODD_CODES),
)

# --- Till systems and Dynamics --------------------------------------------------------------------------------------------------------

# What an export does not say is a constant here, which a profile of one's own may say better: how a sale was paid in an export of lines
# only, and whether goods of a product list are kept by batch.
NO_SKU: Final = "NO-SKU"

# As Square names time zones in its exports.
_ZONES: Final = {
    "eastern time (us & canada)": "America/New_York",
    "central time (us & canada)": "America/Chicago",
    "mountain time (us & canada)": "America/Denver",
    "arizona": "America/Phoenix",
    "pacific time (us & canada)": "America/Los_Angeles",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
    "london": "Europe/London",
    "tokyo": "Asia/Tokyo",
    "sydney": "Australia/Sydney",
}
_METHODS: Final = {"cash": "cash", "gift card": "gift_card", "gift_card": "gift_card", "store credit": "voucher", ANY_OTHER: "card"}


def _from(*headers: str, constant: str = "", values: Mapping[str, str] | None = None) -> ColumnSource:
    return ColumnSource(headers, constant, values=values or {})


def _maybe(*headers: str, constant: str = "", values: Mapping[str, str] | None = None) -> ColumnSource:
    return ColumnSource(headers, constant, is_optional=True, values=values or {})


def _always(constant: str) -> ColumnSource:
    return ColumnSource(constant=constant)


SQUARE_ITEMS: Final = ReadingProfile(
    "square",
    Message("Square: item sales"),
    "transactions",
    style=AMERICAN,
    columns={
        "store": _from("Location"),
        "terminal": _from("Device Name", constant="SQUARE"),
        "number": _from("Transaction ID"),
        "sold_at": _from("Date", "Time"),
        "time_zone": _from("Time Zone", values=_ZONES),
        "item": _from("SKU", constant=NO_SKU),
        "quantity": _from("Qty"),
        "gross": _from("Gross Sales"),
        "net": _from("Net Sales"),
        "tax": _from("Tax"),
        "method": _always("card"),
    },
)
SHOPIFY_ORDERS: Final = ReadingProfile(
    "shopify",
    Message("Shopify: orders"),
    "transactions",
    columns={
        "store": _maybe("Location"),
        "terminal": _maybe("Device ID"),
        "number": _from("Name"),
        "sold_at": _from("Created at"),
        "currency": _from("Currency"),
        "item": _from("Lineitem sku", constant=NO_SKU),
        "quantity": _from("Lineitem quantity"),
        "price": _from("Lineitem price"),
        "discount": _maybe("Lineitem discount"),
        "voided": _from("Financial Status", values={"voided": "true", ANY_OTHER: "false"}),
        "document_net": _from("Subtotal"),
        "document_tax": _from("Taxes"),
        "shipping": _from("Shipping"),
        "total": _from("Total"),
        "method": _maybe("Payment Method", constant="card", values=_METHODS),
    },
)
SHOPIFY_PRODUCTS: Final = ReadingProfile(
    "shopify-products",
    Message("Shopify: products"),
    "items",
    columns={
        "item": _from("Variant SKU"),
        "name": _from("Title"),
        "item_group": _from("Type", constant="SHOPIFY"),
        "unit": _always("pcs"),
        "batch_tracked": _always("false"),
        "negative_physical": _always("true"),
        "wms_enabled": _always("false"),
        "standard_cost": _maybe("Cost per item", constant="0"),
        "barcode": _maybe("Variant Barcode"),
    },
)
LIGHTSPEED_SALES: Final = ReadingProfile(
    "lightspeed",
    Message("Lightspeed Retail (X-Series): sales ledger"),
    "transactions",
    columns={
        "row": _from("Line Type", values={"sale": "document", "sale line": "line", "payment": "payment", ANY_OTHER: "ignored"}),
        "store": _maybe("Outlet"),
        "terminal": _from("Register"),
        "number": _from("Receipt Number"),
        "sold_at": _from("Date"),
        "staff": _from("User"),
        "item": _from("Sku"),
        "quantity": _from("Quantity"),
        "discount": _from("Discount"),
        "net": _from("Subtotal"),
        "tax": _from("Sales Tax"),
        "voided": _from("Status", values={"voided": "true", ANY_OTHER: "false"}),
        "method": _from("Details", values=_METHODS),
        "amount": _from("Paid"),
    },
)
DYNAMICS_SALES: Final = ReadingProfile(
    "dynamics",
    Message("Dynamics 365 Commerce: sales transactions V2"),
    "transactions",
    turned=True,
    columns={
        "store": _from("OPERATINGUNITNUMBER"),
        "terminal": _from("TERMINAL"),
        "number": _from("TRANSACTIONNUMBER"),
        "sold_at": _from("TRANSACTIONDATE"),
        "business_date": _maybe("BUSINESSDATE"),
        "currency": _maybe("CURRENCY"),
        "item": _from("ITEMID"),
        "quantity": _from("QUANTITY"),
        "unit": _from("UNIT"),
        "price": _from("PRICE"),
        "net": _from("NETAMOUNT"),
        "tax": _from("SALESTAXAMOUNT"),
        "voided": _from("TRANSACTIONSTATUS", values={"voided": "true", ANY_OTHER: "false"}),
        "method": _always("card"),
    },
)
DYNAMICS_PRODUCTS: Final = ReadingProfile(
    "dynamics-products",
    Message("Dynamics 365: released products V2"),
    "items",
    columns={
        "item": _from("ITEMNUMBER"),
        "name": _from("SEARCHNAME"),
        "item_group": _maybe("PRODUCTGROUPID", constant="DYNAMICS"),
        "unit": _from("INVENTORYUNITSYMBOL"),
        "batch_tracked": _from(
            "TRACKINGDIMENSIONGROUPNAME", values={"none": "false", "serial": "false", ANY_OTHER: "true"}, constant="false"
        ),
        "negative_physical": _always("true"),
        "wms_enabled": _from(
            "STORAGEDIMENSIONGROUPNAME", values={"ware": "true", "siteware": "false", ANY_OTHER: "false"}, constant="false"
        ),
        "shelf_life_days": _maybe("SHELFLIFEPERIODDAYS", values={"0": ""}),
        "standard_cost": _maybe("UNITCOST", constant="0"),
    },
)
TILL_SYSTEMS: Final = (SQUARE_ITEMS, SHOPIFY_ORDERS, SHOPIFY_PRODUCTS, LIGHTSPEED_SALES, DYNAMICS_SALES, DYNAMICS_PRODUCTS)

# What says that a file is written as ours, where files of its name were not the last time.
PLAIN_FILES: Final = "plain"
SHIPPED: Final[Mapping[str, ReadingProfile]] = {profile.code: profile for profile in (*SPREADSHEETS, *TILL_SYSTEMS)}
