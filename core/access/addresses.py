"""Addresses that a form or a link gives to go back to; only pages of ours count."""

from django.http import HttpRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def own_address(request: HttpRequest, target: str) -> str:
    """The address, if it is one of ours, else ''."""
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return target if safe else ""


def back_to_asker(request: HttpRequest, otherwise: str) -> HttpResponseRedirect:
    """To the page that asked, which the field `next` of the form names, if it is one of ours; else to the address `otherwise`."""
    return HttpResponseRedirect(own_address(request, request.POST.get("next", "")) or otherwise)
