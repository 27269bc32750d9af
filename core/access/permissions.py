"""Rights: who may open the pages of signing in."""

from core.access.pages import ANYBODY, SIGNED_IN, Requirement
from core.access.rights import rights

PAGES: dict[str, Requirement] = {
    # Frame
    "sign_in": ANYBODY,
    "sign_out": SIGNED_IN,
    "password_change": SIGNED_IN,
    "password_reset": ANYBODY,
    "password_reset_sent": ANYBODY,
    "password_reset_confirm": ANYBODY,
    # Questions to those who may put a problem right; who may answer is asked of the question itself
    "ask": SIGNED_IN,
    "answer": SIGNED_IN,
}

RIGHTS = (
    ("auditor administrator", rights("auth", "view", "user") | rights("access", "view", "auditentry")),
    ("administrator", rights("auth", "add change", "user")),
)
