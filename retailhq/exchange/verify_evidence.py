"""Verifies an evidence package: `python verify_evidence.py PACKAGE.zip`. Standard library only; needs neither RetailHQ nor a network.

It proves that no file was changed since the package was written and that every allocation is of a line of the documents. Of a statement:
that every voucher balances and stock moved as lines were allocated; of a batch: that what lies there is what moved; of a period: that every
voucher balances, and that ledger and stock end with what they began with and what was booked. Exit status 0: all holds; 1: each difference
is printed.
"""

import csv
import io
import json
import sys
import zipfile
from collections import defaultdict
from decimal import Decimal
from hashlib import sha256

MANIFEST = "manifest.json"


def rows(package: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    """Rows of a CSV file of the package."""
    return list(csv.DictReader(io.StringIO(package.read(name).decode("utf-8"), newline="")))


def changed_files(package: zipfile.ZipFile) -> list[str]:
    """Files that are missing, were added, or are not what the manifest says; and whether the manifest's own seal holds."""
    manifest = json.loads(package.read(MANIFEST))
    listed = manifest["files"]
    names = set(package.namelist()) - {MANIFEST}
    found = [f"{name}: missing" for name in sorted(set(listed) - names)]
    found += [f"{name}: not in the manifest" for name in sorted(names - set(listed))]
    for name in sorted(names & set(listed)):
        if sha256(package.read(name)).hexdigest() != listed[name]:
            found.append(f"{name}: changed since the package was written")
    if seal(listed) != manifest["seal"]:
        found.append(f"{MANIFEST}: the seal does not fit the list of files")
    return found


def seal(files: dict[str, str]) -> str:
    """One hash over all names and hashes: write it down elsewhere, and nobody can write another package in its place."""
    return sha256("".join(f"{name} {files[name]}\n" for name in sorted(files)).encode()).hexdigest()


def unbalanced_vouchers(package: zipfile.ZipFile) -> list[str]:
    """Vouchers whose debits are not their credits."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows(package, "vouchers.csv"):
        sums[row["voucher"]] += Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
    return [f"voucher {number}: off by {amount}" for number, amount in sorted(sums.items()) if amount]


def unmoved_stock(package: zipfile.ZipFile) -> list[str]:
    """Stock that did not move as the lines were allocated."""
    moved: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in rows(package, "allocations.csv"):
        moved[row["warehouse"], row["item"], row["batch"]] += Decimal(row["quantity"])
    for row in rows(package, "inventory-transactions.csv"):
        moved[row["warehouse"], row["item"], row["batch"]] += Decimal(row["quantity"])
    return [f"stock {'/'.join(key)}: off by {amount}" for key, amount in sorted(moved.items()) if amount]


def unexplained_allocations(package: zipfile.ZipFile) -> list[str]:
    """Allocations of lines that no document has."""
    known = set()
    for text in package.read("documents.ndjson").decode("utf-8").splitlines():
        document = json.loads(text)
        for line in document["lines"]:
            known.add((document["store"], document["terminal"], document["number"], str(line["number"])))
    return [
        f"allocation of {'/'.join(key)}: no document has that line"
        for key in sorted(
            {(row["store"], row["terminal"], row["transaction"], row["line"]) for row in rows(package, "allocations.csv")} - known
        )
    ]


def unexplained_stock(package: zipfile.ZipFile) -> list[str]:
    """Stock of a batch that is not the sum of what moved it."""
    lies: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for name, sign in (("on-hand.csv", 1), ("inventory-transactions.csv", -1)):
        for row in rows(package, name):
            lies[row["warehouse"], row["item"], row["batch"]] += sign * Decimal(row["quantity"])
    return [f"stock {'/'.join(key)}: off by {amount}" for key, amount in sorted(lies.items()) if amount]


def unexplained_changes(package: zipfile.ZipFile) -> list[str]:
    """Stock and accounts of a period whose end is not their beginning and what was booked between."""
    stock: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in rows(package, "stock.csv"):
        stock[row["warehouse"], row["item"], row["batch"]] += Decimal(row["closing"]) - Decimal(row["opening"])
    for row in rows(package, "inventory-transactions.csv"):
        stock[row["warehouse"], row["item"], row["batch"]] -= Decimal(row["quantity"])
    accounts: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows(package, "balances.csv"):
        accounts[row["account"]] += Decimal(row["closing"]) - Decimal(row["opening"])
    for row in rows(package, "vouchers.csv"):
        accounts[row["account"]] -= Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
    found = [f"stock {'/'.join(key)}: off by {amount}" for key, amount in sorted(stock.items()) if amount]
    return found + [f"account {number}: off by {amount}" for number, amount in sorted(accounts.items()) if amount]


CHECKS = {
    "statement": (changed_files, unbalanced_vouchers, unmoved_stock, unexplained_allocations),
    "batch": (changed_files, unexplained_stock, unexplained_allocations),
    "period": (changed_files, unbalanced_vouchers, unexplained_changes, unexplained_allocations),
}


def main(path: str) -> int:
    """Prints every difference, and the seal."""
    with zipfile.ZipFile(path) as package:
        manifest = json.loads(package.read(MANIFEST))
        found = [text for check in CHECKS[manifest.get("kind", "statement")] for text in check(package)]
        sealed = manifest["seal"]
    for text in found:
        sys.stdout.write(f"{text}\n")
    sys.stdout.write(f"{'DIFFERS' if found else 'VERIFIED'} {sealed}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
