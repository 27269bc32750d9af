"""Profiles of files by their code: those of this installation, else those that are shipped."""

from core.lib.messages import Params
from core.lib.problems import BusinessError, Code, Problem, register
from core.lib.reading_profiles import OURS, ReadingProfile
from retailhq.exchange.rules.shipped_profiles import SHIPPED

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


def profiles_for(kind: str) -> dict[str, ReadingProfile]:
    """The profiles that files of a kind can be read by."""
    return {code: profile for code, profile in SHIPPED.items() if profile.kind in ("", kind)}


def profile_for(kind: str, code: str) -> ReadingProfile:
    """The profile of that code; blank: the file is written as ours. Raises BusinessError UNKNOWN_PROFILE."""
    if not code:
        return OURS
    usable = profiles_for(kind)
    if code in usable:
        return usable[code]
    params: Params = {"profile": repr(code), "kind": kind, "profiles": sorted(usable)}
    if code in SHIPPED:
        raise BusinessError(Problem("UNKNOWN_PROFILE", {**params, "meant": SHIPPED[code].kind}, variant="other_kind"))
    raise BusinessError(Problem("UNKNOWN_PROFILE", params))
