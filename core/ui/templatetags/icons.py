"""Line icons as inline SVG: no icon font, no request, one stroke width."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_PATHS = {
    "again": '<path d="M19.5 8.5A8.5 8.5 0 1 0 20.5 13"/><path d="M20 4v4.5h-4.5"/>',
    "alert": '<path d="M12 4 2.8 20h18.4z"/><path d="M12 10v4.5M12 17.2v.3"/>',
    "batch": '<path d="M4 8.5 12 4l8 4.5v7L12 20l-8-4.5z"/><path d="M4 8.5 12 13l8-4.5M12 13v7"/>',
    "bell": '<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z"/><path d="M10 21h4"/>',
    "calculator": '<path d="M5 3h14v18H5z"/><path d="M8.5 7h7M8.5 12h.1M12 12h.1M15.5 12h.1M8.5 16.5h.1M12 16.5h3.5"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>',
    "columns": '<path d="M3.5 4.5h17v15h-17zM9.2 4.5v15M14.8 4.5v15"/>',
    "undo": '<path d="M9 7 4.5 11.5 9 16"/><path d="M5 11.5h9a5 5 0 0 1 0 10h-3"/>',
    "cross": '<path d="m6.5 6.5 11 11M17.5 6.5l-11 11"/>',
    "dash": '<path d="M6 12h12"/>',
    "down": '<path d="m6 9.5 6 6 6-6"/>',
    "download": '<path d="M12 4v11m-4.5-4 4.5 4.5 4.5-4.5"/><path d="M4.5 14v6h15v-6"/>',
    "edit": '<path d="M4 20h4L19 9l-4-4L4 16zM13 7l4 4"/>',
    "history": '<path d="M4.5 8.5A8.5 8.5 0 1 1 3.5 13"/><path d="M4 4v4.5h4.5M12 8v4.5l3 1.8"/>',
    "home": '<path d="M4 11 12 4l8 7v9h-5.5v-5.5h-5V20H4z"/>',
    "import": '<path d="M12 4v10m-4-4 4 4 4-4"/><path d="M4.5 15v5h15v-5"/>',
    "inbox": '<path d="M4 13 6.5 5h11L20 13v6H4z"/><path d="M4 13h4.5l1.5 2.5h4l1.5-2.5H20"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.7v.2"/>',
    "invoice": '<path d="M6 3.5h8.5L19 8v12.5H6z"/><path d="M14 3.5V8.5h5M9.5 17.5v-6l4 6v-6"/>',
    "item": '<path d="M4 4h7l9 9-7 7-9-9z"/><circle cx="8.2" cy="8.2" r="1.2"/>',
    "jobs": '<path d="m12 3.5 8.5 4.5L12 12.5 3.5 8z"/><path d="m3.5 12 8.5 4.5 8.5-4.5M3.5 16l8.5 4.5 8.5-4.5"/>',
    "keyboard": '<rect x="2.5" y="6" width="19" height="12" rx="1.5"/><path d="M6.5 10h.1M10 10h.1M14 10h.1M17.5 10h.1M8 14h8"/>',
    "language": '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17"/>',
    "leave": '<path d="M14 4H6v16h8"/><path d="M10.5 12H21m-3.5-3.5L21 12l-3.5 3.5"/>',
    "ledger": '<path d="M5 4h12a2 2 0 0 1 2 2v14H7a2 2 0 0 1-2-2z"/><path d="M9 4v16M12.5 8.5h3M12.5 12h3"/>',
    "left": '<path d="m14.5 6-6 6 6 6"/>',
    "mail": '<path d="M3.5 6h17v12.5h-17z"/><path d="m3.5 7 8.5 6.5L20.5 7"/>',
    "lock": '<rect x="5" y="10.5" width="14" height="9.5" rx="1.5"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
    "mark": '<path d="M6 3h12v18l-3-2-3 2-3-2-3 2zM9.5 8h5M9.5 12h5"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "moon": '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/>',
    "more": '<path d="M5.5 12h.1M12 12h.1M18.5 12h.1"/>',
    "moves": '<path d="M4 8.5h14m-3.5-4 4 4-4 4M20 15.5H6m3.5-4-4 4 4 4"/>',
    "order": '<path d="M3 4.5h2.5l2 10.5h10l2-7.5H6.5"/><circle cx="9" cy="19" r="1.3"/><circle cx="16" cy="19" r="1.3"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "post": '<path d="M12 15V4m-4.5 4L12 3.5 16.5 8"/><path d="M4.5 14v6h15v-6"/>',
    "receipt": '<path d="M6 3h12v18l-3-2-3 2-3-2-3 2z"/><path d="M9.5 8h5M9.5 12h5"/>',
    "right": '<path d="m9.5 6 6 6-6 6"/>',
    "save": '<path d="M5 4h11l3 3v13H5z"/><path d="M8.5 4v5h6V4M8.5 20v-6h7v6"/>',
    "screen": '<rect x="3.5" y="4.5" width="17" height="12" rx="1.5"/><path d="M9 20h6M12 16.5V20"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "settings": '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>',
    "setup": '<circle cx="12" cy="12" r="3"/><path d="M12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3M6 6l2 2M16 16l2 2M6 18l2-2M16 8l2-2"/>',
    "statement": '<path d="M6 3.5h8.5L19 8v12.5H6z"/><path d="M14 3.5V8.5h5M9 12.5h7M9 16h7"/>',
    "stock": '<path d="M3.5 20V9L12 4l8.5 5v11"/><path d="M8 20v-8h8v8M8 16h8"/>',
    "store": '<path d="M4 10v10h16V10M3 9.5 5 4h14l2 5.5zM9.5 20v-5.5h5V20"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"/>',
    "up": '<path d="m6 14.5 6-6 6 6"/>',
    "user": '<circle cx="12" cy="8" r="3.8"/><path d="M4.5 20.5a7.5 7.5 0 0 1 15 0"/>',
    "view": '<path d="M6.5 3.5h11v17L12 16l-5.5 4.5z"/>',
    "work": '<path d="M12 3.5v4M12 16.5v4M3.5 12h4M16.5 12h4M6 6l2.8 2.8M15.2 15.2 18 18M6 18l2.8-2.8M15.2 8.8 18 6"/>',
}


# A page shows half a hundred icons, so each is put together once.
_ICONS = {
    name: format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>', mark_safe(shape))
    for name, shape in _PATHS.items()
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """The icon of that name; decoration only, so words must stand beside it."""
    return _ICONS[name]
