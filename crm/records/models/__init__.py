"""What a record is, and the tables that every type of record shares."""

from crm.records.models.attachment import Attachment, Content
from crm.records.models.base import Record
from crm.records.models.currency import CurrencyRate, rate_on
from crm.records.models.customfield import CustomField
from crm.records.models.due import DueRow
from crm.records.models.event import Delivery, Dispatch, Event, EventLink
from crm.records.models.external import ExternalId
from crm.records.models.importing import ImportFile, ImportMapping
from crm.records.models.job import Job, JobState
from crm.records.models.journal import JournalEntry
from crm.records.models.relation import RecordRelation, RelationKind
from crm.records.models.saved_view import SavedView
from crm.records.models.search import Search, SearchWord
from crm.records.models.tag import Tag

__all__ = [
    "Attachment",
    "Content",
    "CurrencyRate",
    "CustomField",
    "Delivery",
    "Dispatch",
    "DueRow",
    "Event",
    "EventLink",
    "ExternalId",
    "ImportFile",
    "ImportMapping",
    "Job",
    "JobState",
    "JournalEntry",
    "Record",
    "RecordRelation",
    "RelationKind",
    "SavedView",
    "Search",
    "SearchWord",
    "Tag",
    "rate_on",
]
