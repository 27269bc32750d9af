"""SAF-T Cash Register files as transactions: streamed, one element at a time, read and validated as any other transaction."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any
from xml.etree.ElementTree import Element

import msgspec

from core.files.source import DamagedFileError, Line, Source
from core.files.xml_stream import Part, read_elements
from core.lib.imports import Reject, Row, reject_of
from core.lib.messages import Message
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem
from core.lib.reading_profiles import ReadingProfile
from statements.queries.till_tables import stores_by_name, units_of_items
from statements.rules import saf_t_cash_register as saf_t
from statements.rules.till_table import TillStore
from statements.services.decode import TRANSACTIONS, Incoming

# Units of so many articles are asked for at once.
ARTICLES_AT_ONCE = 1_000
WHOLE = ("curCode", "article", "basic", "name", "registerID", "event", "cashtransaction")
AROUND = ("location",)


def read_cash_register(source: Source, profile: ReadingProfile) -> Iterator[Row[Incoming] | Reject]:
    """Transactions of the file; the number of a row counts events and transactions. Notes say what has no counterpart.

    Raises BusinessError NOT_SAF_T for other XML, STORE_NOT_NAMED for a location that is no store, and UNREADABLE_FILE for broken XML.
    """
    parts = read_elements(source.stream, source.name, WHOLE, AROUND, with_root=True)
    try:
        root = next(parts).element.tag
        if saf_t.CASH_REGISTER not in root.casefold():
            raise BusinessError(Problem("NOT_SAF_T", {"root": root}))
        rows = _File(source, profile).rows(parts)
        # The first row comes at once: a file of another store is refused before anything is written.
        first = list(islice(rows, 1))
    except DamagedFileError as error:
        raise BusinessError(Problem("UNREADABLE_FILE", {"reason": error.reason}, variant="reading")) from None
    return chain(first, rows)


class _File:
    """What has been read of a file so far."""

    def __init__(self, source: Source, profile: ReadingProfile) -> None:
        self._source = source
        self._stores = stores_by_name()
        self._named = dict(profile.columns["store"].values) if "store" in profile.columns else {}
        self._methods: Mapping[str, str] = profile.columns["method"].values if "method" in profile.columns else {}
        self._basics = saf_t.Basics()
        self._units: dict[str, str] = {}
        self._articles: list[str] = []
        self._currency = ""
        self._location = ""
        self._terminal = ""
        self._store: TillStore | None = None
        self._passed: Counter[str] = Counter()

    def rows(self, parts: Iterator[Part]) -> Iterator[Row[Incoming] | Reject]:
        """Transactions and refused ones, in the order of the file; notes at its end."""
        number = 0
        for name, element, is_start in parts:
            if name == "article":
                self._add_article(saf_t.text_of(element, "artID"))
            elif name == "basic":
                self._basics.add(element)
            elif name == "curCode":
                self._currency = (element.text or "").strip()
            elif name == "location" and is_start:
                self._location, self._store = "", None
            elif name == "name":
                self._location = (element.text or "").strip()
            elif name == "registerID":
                self._terminal = (element.text or "").strip()
            elif name in ("event", "cashtransaction"):
                number += 1
                yield from self._row(number, element, is_event=name == "event")
        self._note()

    def _add_article(self, code: str) -> None:
        self._articles.append(code)
        if len(self._articles) >= ARTICLES_AT_ONCE:
            self._ask_for_units()

    def _ask_for_units(self) -> None:
        self._units |= units_of_items(self._articles)
        self._articles.clear()

    def _row(self, number: int, element: Element, *, is_event: bool) -> Iterator[Row[Incoming] | Reject]:
        if self._articles:
            self._ask_for_units()
        if self._store is None:
            self._store = self._find_store()
        till = saf_t.Till(self._store, self._terminal, self._currency, self._basics)
        key = f"{till.store.code}/{till.terminal}/{saf_t.text_of(element, 'eventID' if is_event else 'transID')}"
        try:
            documents = list(self._of_event(element, till) if is_event else self._of_transaction(element, till))
        except FieldError as error:
            yield reject_of(number, key, error.problem)
            return
        for document in documents:
            yield TRANSACTIONS.read_line(Line(number, msgspec.json.encode(document), too_long=False))

    def _find_store(self) -> TillStore:
        """Raises BusinessError STORE_NOT_NAMED."""
        name = self._named.get(self._location.casefold(), self._location)
        codes = {store.code: store for store in self._stores.values()}
        store = self._stores.get(name.casefold()) if name else next(iter(codes.values())) if len(codes) == 1 else None
        if store is None:
            raise BusinessError(Problem("STORE_NOT_NAMED", {"store": name}) if name else Problem("STORE_NOT_NAMED", variant="blank"))
        return store

    def _of_transaction(self, element: Element, till: saf_t.Till) -> Iterator[dict[str, Any]]:
        if saf_t.is_true(element, "trainingID"):
            self._passed["training"] += 1
        elif saf_t.kind_of(element, till.basics) is None:
            self._passed[till.basics.words(saf_t.text_of(element, "transType"))] += 1
        else:
            yield saf_t.document_of(element, till, self._units, self._methods)

    def _of_event(self, element: Element, till: saf_t.Till) -> Iterator[dict[str, Any]]:
        found = [document for document in (saf_t.shift_of(element, till), saf_t.opening_of(element, till)) if document]
        yield from found
        code = saf_t.text_of(element, "eventType")
        belongs = till.basics.predefined(code) in saf_t.OF_TRANSACTIONS or saf_t.text_of(element, "transID")
        if not found and not belongs:
            self._passed[till.basics.words(code)] += 1

    def _note(self) -> None:
        if self._passed:
            what = ", ".join(f"{name} ({times})" for name, times in sorted(self._passed.items()))
            self._source.notes.append(
                Message("What moves neither goods nor money has no counterpart here and was passed over: {what}.", {"what": what})
            )
