"""The door of the web server."""

import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

from crm.embedded import children

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
# Threads of a web process share connections; a worker's forked processes must not.
os.environ.setdefault("DATABASE_POOL", "1")

# A web process whose server was killed would keep the port.
if server := multiprocessing.parent_process():
    children.die_with_parent(signal.SIGKILL, parent=server.pid)()

application = get_wsgi_application()
