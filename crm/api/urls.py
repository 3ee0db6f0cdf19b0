"""``/api/v1/…`` for every declared type, the search over all of them, and the documentation."""

from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from crm.api.automation import all_routes
from crm.api.extras import FieldsApi, SearchApi, TagsApi
from crm.api.files import FileApi, FileContentApi, RecordFilesApi
from crm.api.groups import GroupsApi
from crm.api.joining import MergeApi, RelationApi, RelationsApi, SplitApi
from crm.api.permissions import docs_for_readers
from crm.api.views import RecordApi, api_for
from crm.records.registry import service_for
from crm.ui.declaration import declared

app_name = "api"


def joining_routes(api: type[RecordApi], slug: str) -> list[URLPattern]:
    """Return the addresses of merging, splitting and relations of one type."""
    one, kind = f"v1/{slug}/<int:pk>", api.record_type
    found = [
        path(f"{one}/relations/", RelationsApi.as_view(record_type=kind), name=f"{slug}-relations"),
        path(f"{one}/relations/<int:relation>/", RelationApi.as_view(record_type=kind)),
    ]
    if service_for(kind.model).mergeable:
        found += [
            path(f"{one}/merge/", MergeApi.as_view(record_type=kind), name=f"{slug}-merge"),
            path(f"{one}/split/", SplitApi.as_view(record_type=kind), name=f"{slug}-split"),
        ]
    return found


def routes(api: type[RecordApi], slug: str) -> list[URLPattern]:
    """Return the addresses of one type."""
    many = api.as_view({"get": "list", "post": "create"})
    one = api.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"})
    act = api.as_view({"post": "act"})
    batch = api.as_view({"post": "batch"})
    outside = api.as_view({"get": "retrieve_outside", "put": "put_outside"})
    return [
        path(f"v1/{slug}/", many, name=f"{slug}-list"),
        path(f"v1/{slug}/fields/", FieldsApi.as_view(record_type=api.record_type), name=f"{slug}-fields"),
        path(f"v1/{slug}/groups/", GroupsApi.as_view(views=api.views), name=f"{slug}-groups"),
        path(f"v1/{slug}/batch/", batch, name=f"{slug}-batch"),
        path(f"v1/{slug}/by/<str:source>/<str:value>/", outside, name=f"{slug}-outside"),
        path(f"v1/{slug}/<int:pk>/", one, name=f"{slug}-detail"),
        path(f"v1/{slug}/<int:pk>/files/", RecordFilesApi.as_view(record_type=api.record_type)),
        *joining_routes(api, slug),
        path(f"v1/{slug}/<int:pk>/<slug:verb>/", act, name=f"{slug}-act"),
    ]


urlpatterns: list[URLPattern] = [
    path("v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    # Split: the policy of content lets no script stand inside a page.
    path(
        "docs/",
        docs_for_readers(
            SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html")
        ),
        name="docs",
    ),
    path("v1/files/<int:pk>/", FileApi.as_view(), name="file"),
    path("v1/files/<int:pk>/content/", FileContentApi.as_view(), name="file-content"),
    path("v1/tags/", TagsApi.as_view(), name="tags"),
    path("v1/search/", SearchApi.as_view(), name="search"),
]
urlpatterns += all_routes()
# This map is read last: every app's addresses have declared their types by now.
for views in declared():
    urlpatterns += routes(api_for(views), views.record_type().slug)
