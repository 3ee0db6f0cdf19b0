"""Addresses that belong to no single type: search, views, jobs, bin, choices."""

from django.conf import settings
from django.urls import path

from crm.ui.bin import BinView
from crm.ui.choices import ChoicesView
from crm.ui.conditions.views import RowView, SaysView
from crm.ui.exchange.exports import ExportFileView
from crm.ui.exchange.uploads import HubView, UploadView
from crm.ui.exchange.wizard import (
    CancelImportView,
    DeleteMappingView,
    FailedFileView,
    ImportJobView,
    MapView,
    ResumeView,
    RunView,
    ShapeView,
    UndoImportView,
)
from crm.ui.files import (
    FileView,
    PreviewView,
    RecordFilesView,
    RemoveFileView,
    RestoreFileView,
    StagedView,
    ThumbnailView,
)
from crm.ui.jobviews import CancelView, JobsView, JobView, UndoView
from crm.ui.looks import LooksView
from crm.ui.palette import PaletteView, SearchView
from crm.ui.savedviewpages import AllViewsView, RestoreViewView, SavedViewsView, SavedViewView
from crm.ui.styleguide import StyleGuideView
from crm.ui.undo import UndoEventView

app_name = "ui"
urlpatterns = [
    path("search/", SearchView.as_view(), name="search"),
    path("search/palette/", PaletteView.as_view(), name="palette"),
    path("choices/<str:key>/", ChoicesView.as_view(), name="choices"),
    path("conditions/<slug:slug>/row/", RowView.as_view(), name="condition_row"),
    path("conditions/<slug:slug>/says/", SaysView.as_view(), name="condition_says"),
    path("saved-views/<slug:slug>/", SavedViewsView.as_view(), name="saved_views"),
    path("saved-views/<slug:slug>/all/", AllViewsView.as_view(), name="all_views"),
    path("saved-views/<slug:slug>/restore/", RestoreViewView.as_view(), name="view_restore"),
    path("saved-views/<slug:slug>/<int:pk>/", SavedViewView.as_view(), name="saved_view"),
    path("jobs/", JobsView.as_view(), name="jobs"),
    path("jobs/<int:pk>/", JobView.as_view(), name="job"),
    path("jobs/<int:pk>/cancel/", CancelView.as_view(), name="job_cancel"),
    path("jobs/<int:pk>/undo/", UndoView.as_view(), name="job_undo"),
    path("jobs/<int:pk>/file/", ExportFileView.as_view(), name="job_file"),
    path("import/", HubView.as_view(), name="import_hub"),
    path("import/new/<slug:slug>/", UploadView.as_view(), name="import_new"),
    path("import/mappings/<int:pk>/delete/", DeleteMappingView.as_view(), name="import_mapping_delete"),
    path("import/<uuid:token>/", MapView.as_view(), name="import_map"),
    path("import/<uuid:token>/shape/", ShapeView.as_view(), name="import_shape"),
    path("import/<uuid:token>/jobs/<int:pk>/", ImportJobView.as_view(), name="import_job"),
    path("import/<uuid:token>/jobs/<int:pk>/run/", RunView.as_view(), name="import_run"),
    path("import/<uuid:token>/jobs/<int:pk>/cancel/", CancelImportView.as_view(), name="import_cancel"),
    path("import/<uuid:token>/jobs/<int:pk>/resume/", ResumeView.as_view(), name="import_resume"),
    path("import/<uuid:token>/jobs/<int:pk>/failed/", FailedFileView.as_view(), name="import_failed"),
    path("import/<uuid:token>/jobs/<int:pk>/undo/", UndoImportView.as_view(), name="import_undo"),
    path("undo/<int:pk>/", UndoEventView.as_view(), name="undo_event"),
    path("files/on/<slug:slug>/<int:pk>/", RecordFilesView.as_view(), name="files_on"),
    path("files/staged/", StagedView.as_view(), name="files_staged"),
    path("files/<int:pk>/", FileView.as_view(), name="file"),
    path("files/<int:pk>/small/", ThumbnailView.as_view(), name="file_small"),
    path("files/<int:pk>/preview/", PreviewView.as_view(), name="file_preview"),
    path("files/<int:pk>/delete/", RemoveFileView.as_view(), name="file_delete"),
    path("files/<int:pk>/restore/", RestoreFileView.as_view(), name="file_restore"),
    path("bin/", BinView.as_view(), name="bin"),
    path("looks/", LooksView.as_view(), name="looks"),
]
if settings.DEBUG:
    urlpatterns += [path("styleguide/", StyleGuideView.as_view(), name="styleguide")]
