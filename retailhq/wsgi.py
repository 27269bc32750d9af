"""The web application as gunicorn loads it."""

import os

from django.core.wsgi import get_wsgi_application

from core.lib.call_stack import with_room
from retailhq.embedded.control import start_or_exit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retailhq.settings")
start_or_exit()
application = with_room(get_wsgi_application())
