"""REST over every declared type: lists as the pages filter them, writes as the pages make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.api import errors
from crm.api.lists import read_list
from crm.api.many import ManyApi
from crm.api.permissions import TypePermission
from crm.api.repeats import PARAMETER, once
from crm.api.serializers import serializer_for
from crm.identity.access import access_for
from crm.records import merging, registry
from crm.ui.actions import more_action
from crm.ui.conditions import relations
from crm.ui.pages import told_fate

if TYPE_CHECKING:
    from rest_framework.request import Request

    from crm.records.registry import RecordType
    from crm.ui.actions import Action
    from crm.ui.declaration import Declaration


class RecordApi(ManyApi, viewsets.GenericViewSet):  # type: ignore[type-arg]
    """Records of one type. A subclass per type is made by ``api_for``."""

    record_type: ClassVar[RecordType]
    views: ClassVar[type[Declaration]]
    permission_classes = (TypePermission,)
    lookup_value_regex = r"\d+"
    #: Lists page by key, not by DRF's paginator.
    pagination_class = None
    filter_backends = ()

    @property
    def model(self) -> Any:
        return self.record_type.model

    @property
    def service(self) -> Any:
        return registry.service_for(self.record_type.model)

    def get_queryset(self) -> Any:
        return self.model.objects.visible_to(self.request.user)

    def get_object(self) -> Any:
        """Return the record; one that the caller may not see is not there."""
        record = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if record is not None:
            return record
        fate = merging.fate_of(self.record_type, int(self.kwargs["pk"]))
        survivor = fate and self.get_queryset().filter(pk=fate.survivor_id).first()
        if fate and survivor:
            url = reverse(f"api:{self.record_type.slug}-detail", args=[survivor.pk], request=self.request)
            raise errors.Moved(url, told_fate(fate))
        raise Http404

    def list(self, request: Request) -> Response:
        """Return a page of records as the list shows them, and where the next page is."""
        page, following = read_list(self.views, request)
        rows = self.get_serializer(page.records, many=True).data
        return Response({"results": rows, "next": following})

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @once
    def create(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with errors.told():
            drafts = self.service.create(
                [serializer.validated_data], actor=request.user, at=timezone.now(), via="rest"
            )
        return Response(self._fresh(drafts[0].record.pk), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        record = self.get_object()
        serializer = self.get_serializer(record, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        with errors.told():
            self.service.update(
                [record],
                serializer.validated_data,
                actor=request.user,
                at=timezone.now(),
                via="rest",
                seen_version=seen_version(request),
            )
        return Response(self._fresh(record.pk))

    def destroy(self, request: Request, pk: str) -> Response:
        """Put the record into the bin."""
        with errors.told():
            self.service.delete([self.get_object()], actor=request.user, at=timezone.now(), via="rest")
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, methods=["post"])
    @once
    def act(self, request: Request, pk: str, verb: str) -> Response:
        """Do one of the type's actions, such as "win", with the fields that its dialog asks for."""
        record = self.get_object()
        chosen = self.views.action(verb) or more_action(self.model, request.user, verb)
        if chosen is None:
            raise Http404
        access = access_for(request.user)
        if not access.can(self.model, chosen.permission, record):
            raise PermissionDenied(_("You may not change this record."))
        if not chosen.when(record):
            raise ValidationError({"__all__": [_("This can't be done to the record as it is now.")]})
        answers = asked_of(chosen, request, record)
        with errors.told():
            chosen.verb(records=[record], actor=request.user, at=timezone.now(), via="rest", **answers)
        return Response(self._fresh(record.pk))

    def _fresh(self, pk: int) -> Any:
        record = self.get_queryset().filter(pk=pk).first()
        # What was made or given away may be out of the caller's sight now.
        return self.get_serializer(record).data if record is not None else {"id": pk}


def seen_version(request: Request) -> int | None:
    """Return the version that the caller last saw, from the header If-Match."""
    text = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not text or text == "*":
        return None
    if not text.isdecimal():
        raise ValidationError({"If-Match": [_("Give the record's version number.")]})
    return int(text)


def asked_of(action: Action, request: Request, record: Any) -> dict[str, Any]:
    """Read what the action's dialog would ask.

    Raises:
        ValidationError: with the dialog's own messages.
    """
    if action.form is None:
        return {}
    if not isinstance(request.data, dict):
        raise ValidationError({"__all__": [_("An object is expected.")]})
    form: Any = action.form
    empty = form(records=[record], user=request.user)
    given = {name: empty.get_initial_for_field(one, name) for name, one in empty.fields.items()}
    bound = form(data={**given, **request.data}, records=[record], user=request.user)
    if not bound.is_valid():
        raise ValidationError({name: [str(one) for one in found] for name, found in bound.errors.items()})
    return dict(bound.cleaned_data)


def api_for(views: type[Declaration]) -> type[RecordApi]:
    """Make the REST view of one type, described for the schema."""
    record_type = views.record_type()
    model: Any = record_type.model
    serializer = serializer_for(model)
    made = type(
        f"{model.__name__}Api",
        (RecordApi,),
        {
            "record_type": record_type,
            "views": views,
            "serializer_class": serializer,
            "__doc__": record_type.label_plural,
        },
    )
    return _described(made, serializer)


def _described(made: Any, serializer: Any) -> type[RecordApi]:
    name = made.record_type.label_plural
    page = page_of(serializer)
    refused = {
        400: OpenApiResponse(errors.SCHEMA, "Refused: what is wrong, by field."),
        404: OpenApiResponse(errors.SCHEMA, "Not there, or not yours to see."),
    }
    forbidden = {**refused, 403: OpenApiResponse(errors.SCHEMA, "You see the record but may not do this.")}
    clash = {409: OpenApiResponse(errors.SCHEMA, "Changed meanwhile: If-Match names an older version.")}
    if_match = OpenApiParameter(
        "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The version that you saw."
    )
    decorate = extend_schema_view(
        list=extend_schema(
            summary=f"List: {name}", parameters=_list_parameters(made), responses={200: page, **refused}
        ),
        retrieve=extend_schema(summary="Read one", responses={200: serializer, **refused}),
        create=extend_schema(
            summary="Create",
            parameters=[PARAMETER],
            request=serializer,
            responses={201: serializer, **forbidden},
        ),
        partial_update=extend_schema(
            summary="Change",
            parameters=[if_match],
            request=serializer,
            responses={200: serializer, **forbidden, **clash},
        ),
        destroy=extend_schema(summary="Delete (to the bin)", responses={204: None, **forbidden}),
        batch=extend_schema(operation_id=f"{made.record_type.slug}_batch"),
        retrieve_outside=extend_schema(
            operation_id=f"{made.record_type.slug}_by_outside_id", responses={200: serializer, **refused}
        ),
        put_outside=extend_schema(
            operation_id=f"{made.record_type.slug}_put_by_outside_id",
            request=serializer,
            responses={200: serializer, 201: serializer, **forbidden},
        ),
        act=extend_schema(
            operation_id=f"{made.record_type.slug}_act",
            summary="Do an action",
            description=_actions_text(made),
            parameters=[PARAMETER],
            request=OpenApiTypes.OBJECT,
            responses={200: serializer, **forbidden},
        ),
    )
    described: type[RecordApi] = decorate(made)
    return described


def page_of(serializer: Any) -> Any:
    """Return what describes a page of a list."""
    fields = {"results": serializer(many=True), "next": serializers.URLField(allow_null=True)}
    name = serializer.__name__.removesuffix("Serializer")
    # Otherwise the generator would make it an array of pages.
    singular = extend_schema_serializer(many=False)
    return singular(type(f"{name}PageSerializer", (serializers.Serializer,), fields))


def _list_parameters(made: Any) -> list[OpenApiParameter]:
    views = made.views
    found = [
        OpenApiParameter("page_size", OpenApiTypes.INT, description="How many, at most 200."),
        OpenApiParameter(
            "sort", OpenApiTypes.STR, description="A field; with a minus before it, descending."
        ),
        OpenApiParameter("after", OpenApiTypes.STR, description="Where the page begins; taken from “next”."),
    ]
    for name, one in views.filters.base_filters.items():
        text = _where_text(made) if name == "where" else str(one.label or name)
        found.append(OpenApiParameter(name, OpenApiTypes.STR, description=text))
    return found


def _where_text(made: Any) -> str:
    """Say how a condition is written, with the relations of the type."""
    known = ", ".join(f"`{key}`" for key in relations.of(made.record_type.model)) or "none"
    return (
        'A condition as JSON: `{"all": […]}`, `{"any": […]}`, `{"not": …}`, '
        '`{"filter": "created", "value": ["last_30_days"]}` with any filter of the list, or '
        '`{"related": "…", "which": "some" | "none" | {"at_least": 2}, "where": …}` '
        f"with a condition over the related records. Relations: {known}."
    )


def _actions_text(made: Any) -> str:
    actions = made.views.actions
    return "Actions: " + (", ".join(f"`{one.name}` ({one.label})" for one in actions) or "none") + "."
