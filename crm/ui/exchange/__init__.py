"""Files in and files out: the import wizard, and lists as CSV or XLSX."""

from crm.ui.exchange.exports import export_view
from crm.ui.exchange.uploads import import_urls

__all__ = ["export_view", "import_urls"]
