"""The working chart of accounts and posting profiles that every legal entity starts with."""

from typing import NamedTuple


class ChartAccount(NamedTuple):
    """An account of the chart: number, name, type, and what is posted to it ((posting type, payment method) pairs)."""

    number: str
    name: str
    account_type: str
    postings: tuple[tuple[str, str], ...]


STANDARD_CHART: tuple[ChartAccount, ...] = (
    ChartAccount("1010", "Cash in tills", "asset", (("payment", "cash"),)),
    ChartAccount("1020", "Card payments in transit", "asset", (("payment", "card"),)),
    ChartAccount("1030", "Gift cards redeemed", "asset", (("payment", "gift_card"),)),
    ChartAccount("1040", "Vouchers redeemed", "asset", (("payment", "voucher"),)),
    ChartAccount("1050", "Receivables of customers on account", "asset", (("payment", "on_account"),)),
    ChartAccount("1060", "Cash in safes", "asset", (("safe", ""),)),
    ChartAccount("1070", "Cash on the way to the bank", "asset", (("bank", ""),)),
    ChartAccount("1080", "Change funds", "asset", (("float", ""),)),
    ChartAccount("1200", "Customer clearing", "asset", (("clearing", ""),)),
    ChartAccount("1300", "Inventory", "asset", (("inventory", ""),)),
    ChartAccount("2100", "Sales tax payable", "liability", (("sales_tax", ""),)),
    ChartAccount("2200", "Gift card liability", "liability", (("gift_card", ""),)),
    ChartAccount("2300", "Prepayments of customers", "liability", (("prepayment", ""),)),
    ChartAccount("2400", "Goods received, not invoiced", "liability", (("goods_received", ""),)),
    ChartAccount("4000", "Revenue", "revenue", (("revenue", ""),)),
    ChartAccount("4100", "Discounts given", "revenue", (("discount", ""),)),
    ChartAccount("4800", "Cancellation charges", "revenue", (("cancellation", ""),)),
    ChartAccount("4900", "Other income", "revenue", (("income", ""),)),
    ChartAccount("5000", "Cost of goods sold", "expense", (("cost_of_goods", ""),)),
    ChartAccount("5100", "Purchase price variance", "expense", (("price_variance", ""),)),
    ChartAccount("5200", "Cost adjustments", "expense", (("cost_adjustment", ""),)),
    ChartAccount("5300", "Inventory adjustments", "expense", (("stock_adjustment", ""),)),
    ChartAccount("5400", "Goods written off", "expense", (("write_off", ""),)),
    ChartAccount("6100", "Store expenses", "expense", (("expense", ""),)),
    ChartAccount("6200", "Cash over and short", "expense", (("over_short", ""),)),
    ChartAccount("6300", "Rounding differences", "expense", (("rounding", ""),)),
)
