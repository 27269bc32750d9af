"""Profiles of files by their code: those of this installation, else those that are shipped; and which one a source is read by."""

import re
from collections.abc import Iterable

from core.lib.cells import CellStyle, DateOrder
from core.lib.messages import Params, as_written
from core.lib.problems import BusinessError, Code, Problem, register
from core.lib.reading_profiles import OURS, ReadingProfile
from retailhq.exchange import writes as writes
from retailhq.exchange.models import ImportProfile, ImportSource
from retailhq.exchange.rules.mapping_text import read_mapping
from retailhq.exchange.rules.shipped_profiles import PLAIN_FILES, SHIPPED
from retailhq.exchange.rules.tables import columns_of

register(
    Code(
        "UNKNOWN_PROFILE",
        "import",
        "There is no such profile, or it is for another kind of file.",
        "Use one of the profiles that the message lists, or make one under Setup.",
        {
            "": "{profile} is no profile; those for {kind} are {profiles}.",
            "other_kind": "The profile {profile} is for {meant}, not for {kind}; those for {kind} are {profiles}.",
        },
    ),
)


def reading_of(row: ImportProfile) -> ReadingProfile:
    """The profile as readers take it."""
    style = CellStyle(
        row.decimal_sign,
        DateOrder(row.date_order),
        row.time_zone,
        row.groups_thousands,
        row.has_money_signs,
        row.has_serial_dates,
        row.has_odd_codes,
    )
    return ReadingProfile(
        row.code,
        as_written(row.name or row.code),
        row.kind,
        row.encoding,
        "\t" if row.delimiter == ImportProfile.Delimiter.TAB else row.delimiter,
        row.header_row,
        row.sheet,
        style,
        row.turned,
        read_mapping(row.mapping, row.kind, columns_of(row.kind)) if row.mapping else {},
    )


def all_profiles() -> dict[str, ReadingProfile]:
    """All profiles by code: one's own stand before shipped ones of the same code. One query."""
    own = {row.code: reading_of(row) for row in ImportProfile.objects.filter(is_active=True).order_by("code")}
    return {**own, **{code: profile for code, profile in SHIPPED.items() if code not in own}}


def profiles_for(kind: str, profiles: Iterable[ReadingProfile]) -> list[ReadingProfile]:
    """Those that files of a kind can be read by."""
    return [profile for profile in profiles if profile.kind in ("", kind)]


def profile_for(kind: str, code: str) -> ReadingProfile:
    """The profile of that code; blank or `plain`: the file is written as ours. Raises BusinessError UNKNOWN_PROFILE."""
    if code in ("", PLAIN_FILES):
        return OURS
    profiles = all_profiles()
    usable = profiles_for(kind, profiles.values())
    if code in profiles and profiles[code] in usable:
        return profiles[code]
    params: Params = {"profile": repr(code), "kind": kind, "profiles": sorted(profile.code for profile in usable)}
    if code in profiles:
        raise BusinessError(Problem("UNKNOWN_PROFILE", {**params, "meant": profiles[code].kind}, variant="other_kind"))
    raise BusinessError(Problem("UNKNOWN_PROFILE", params))


def source_name(file: str) -> str:
    """What files of one source have in common: the name without digits, whatever folder and packing."""
    name = re.split(r"[/\\]", file)[-1].casefold().removesuffix(".gz")
    return re.sub(r"[0-9]+", "#", name)[:200]


def remembered_profile(kind: str, file: str) -> str:
    """The profile that the last imported file of this source was read by; '' for none, and for one that is not there any more."""
    code = ImportSource.objects.filter(kind=kind, name=source_name(file)).values_list("profile", flat=True).first() or ""
    profiles = all_profiles() if code else {}
    return code if code in profiles and profiles[code].kind in ("", kind) else ""


def remember_profile(kind: str, file: str, code: str) -> None:
    """Keeps which profile files of this source are read by."""
    writes.keep_source(kind, source_name(file), code)
