"""The whole map of addresses; each app brings its own part."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from crm.security import contact

#: module → prefix
PARTS = {
    "reports.urls": "",
    "crm.ui.urls": "",
    "crm.timeline.urls": "",
    "crm.mail.urls": "",
    "crm.accounts.urls": "",
    "crm.notifications.urls": "",
    "crm.automation.urls": "settings/automation/",
    "contacts.urls": "contacts/",
    "contacts.formurls": "f/",
    "sales.urls": "sales/",
    "sales.roomurls": "q/",
    # Last: REST is made from what the others declare.
    "crm.api.urls": "api/",
}


def has(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


urlpatterns: list[URLPattern | URLResolver] = [
    *(path(prefix, include(module)) for module, prefix in PARTS.items() if has(module)),
    path("admin/", admin.site.urls),
    path(".well-known/security.txt", contact),
]

handler400 = "crm.ui.errors.bad_request"
handler403 = "crm.ui.errors.forbidden"
handler404 = "crm.ui.errors.not_found"
handler429 = "crm.ui.errors.too_many"
handler500 = "crm.ui.errors.server_error"
