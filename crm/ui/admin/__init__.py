"""The ground of every administration page: what it looks like, and that it writes through services.

``RecordAdmin`` shows records and writes them by their type's service. ``SetupAdmin`` is for
the tables by which administrators run the company (stages, reasons, teams); each save
becomes an event with old and new values. ``ReadOnlyAdmin`` is for what the house writes itself.
The site takes no other kind, so that no page can bypass rules, audit or the bin.
"""

from crm.ui.admin.base import ArtelAdmin, ReadOnlyAdmin
from crm.ui.admin.forms import Refusable
from crm.ui.admin.paging import CappedPaginator
from crm.ui.admin.records import RecordAdmin
from crm.ui.admin.rights import may_administer
from crm.ui.admin.service import ServiceAdmin
from crm.ui.admin.setup import SETUP_TYPE_ID, SetupAdmin, SetupInline
from crm.ui.admin.site import ArtelAdminSite

__all__ = [
    "SETUP_TYPE_ID",
    "ArtelAdmin",
    "ArtelAdminSite",
    "CappedPaginator",
    "ReadOnlyAdmin",
    "RecordAdmin",
    "Refusable",
    "ServiceAdmin",
    "SetupAdmin",
    "SetupInline",
    "may_administer",
]
