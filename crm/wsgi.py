"""The door of the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
# Threads of a web process share connections; a worker's forked processes must not.
os.environ.setdefault("DATABASE_POOL", "1")

application = get_wsgi_application()
