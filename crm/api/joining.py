"""REST of what concerns several records: merging, splitting, relations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.api import errors
from crm.api.permissions import TypePermission
from crm.records import merging, registry, relations
from crm.records.merging import MergeRefused
from crm.records.models import Job, JobState, Record, RecordRelation, RelationKind

if TYPE_CHECKING:
    from rest_framework.request import Request

    from crm.records.registry import RecordType

REFUSED = {
    400: OpenApiResponse(errors.SCHEMA, "Refused: what is wrong, by field."),
    403: OpenApiResponse(errors.SCHEMA, "You see the record but may not do this."),
    404: OpenApiResponse(errors.SCHEMA, "Not there, or not yours to see."),
}


class MergeAsk(serializers.Serializer[Any]):
    """Which records become part of this one, and whose values stay."""

    absorb = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=9)
    values = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text="By field the id of the record whose value stays, or “both” for long texts.",
    )


class SplitAsk(serializers.Serializer[Any]):
    """Which merge is taken back."""

    job = serializers.IntegerField(min_value=1)


class JobAnswer(serializers.Serializer[Any]):
    """The job that did it, or is at it."""

    job = serializers.IntegerField()
    state = serializers.CharField()
    result = serializers.DictField()


class RelationAsk(serializers.Serializer[Any]):
    """A relation to be made: seen from this record, or from the other end."""

    kind = serializers.IntegerField(min_value=1)
    type = serializers.CharField(help_text="The type of the other record, such as “companies”.")
    id = serializers.IntegerField(min_value=1)
    forward = serializers.BooleanField(default=True)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class RelationAnswer(serializers.Serializer[Any]):
    """One relation, seen from this record."""

    relation = serializers.IntegerField()
    kind = serializers.IntegerField()
    name = serializers.CharField()
    type = serializers.CharField()
    id = serializers.IntegerField()
    title = serializers.CharField()
    note = serializers.CharField()


class OneRecord(APIView):
    """Something below one record of a type."""

    permission_classes = (TypePermission,)
    record_type: ClassVar[Any] = None

    def __init__(self, record_type: RecordType | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.record_type = record_type  # type: ignore[misc]

    def record(self, pk: int) -> Any:
        """Return the record if the caller sees it."""
        model = self.record_type.model
        found = model.objects.visible_to(self.request.user).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def asked(self, kind: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        asked = kind(data=self.request.data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)


class MergeApi(OneRecord):
    """``…/<id>/merge/``: other records become part of this one."""

    @extend_schema(
        summary="Merge others into this record", request=MergeAsk, responses={200: JobAnswer, **REFUSED}
    )
    def post(self, request: Request, pk: int) -> Response:
        record, asked = self.record(pk), self.asked(MergeAsk)
        rows = self.record_type.model.objects.visible_to(request.user).in_bulk(asked["absorb"])
        if len(rows) < len(set(asked["absorb"])):
            raise ValidationError({"absorb": [_("There is no such record, or you may not see it.")]})
        actor: Any = request.user
        try:
            job = merging.start(
                survivor=record,
                absorbed=[rows[one] for one in dict.fromkeys(asked["absorb"])],
                values=asked.get("values"),
                actor=actor,
                via="rest",
            )
        except MergeRefused as refused:
            raise ValidationError({"__all__": [str(refused)]}) from refused
        return Response({"job": job.pk, "state": job.state, "result": job.result})


class SplitApi(OneRecord):
    """``…/<id>/split/``: a merge is taken back."""

    @extend_schema(summary="Take a merge back", request=SplitAsk, responses={200: JobAnswer, **REFUSED})
    def post(self, request: Request, pk: int) -> Response:
        record, asked = self.record(pk), self.asked(SplitAsk)
        job = Job.objects.filter(pk=asked["job"], kind="merge").first()
        if job is None or merging.survivor_of(job) != record:
            raise ValidationError({"job": [_("This is no merge of the record.")]})
        if not merging.may_split(job, request.user):
            raise PermissionDenied
        actor: Any = request.user
        try:
            done = merging.split(job, actor=actor)
        except MergeRefused as refused:
            raise ValidationError({"__all__": [str(refused)]}) from refused
        if done.state == JobState.FAILED:
            raise ValidationError({"__all__": [done.error]})
        return Response({"job": done.pk, "state": done.state, "result": done.result})


class RelationsApi(OneRecord):
    """``…/<id>/relations/``: how a record is related to others."""

    @extend_schema(summary="Relations of a record", responses={200: RelationAnswer(many=True), **REFUSED})
    def get(self, request: Request, pk: int) -> Response:
        found = relations.related_to(self.record(pk), request.user)
        return Response({"results": [told(one) for one in found], "next": None})

    @extend_schema(
        summary="Relate it to another record",
        request=RelationAsk,
        responses={201: RelationAnswer, **REFUSED},
    )
    def post(self, request: Request, pk: int) -> Response:
        record, asked = self.record(pk), self.asked(RelationAsk)
        kind = RelationKind.objects.filter(pk=asked["kind"], is_active=True).first()
        if kind is None:
            raise ValidationError({"kind": [_("There is no such kind of relation.")]})
        other = self.other(asked["type"], asked["id"])
        actor: Any = request.user
        with errors.told():
            relation = relations.relate(
                record=record,
                other=other,
                kind=kind,
                forward=asked["forward"],
                note=asked.get("note", ""),
                actor=actor,
                at=timezone.now(),
                via="rest",
            )
        name = kind.named(forward=asked["forward"])
        return Response(told(relations.Related(relation, name, other)), status=status.HTTP_201_CREATED)

    def other(self, slug: str, pk: int) -> Any:
        try:
            model: Any = registry.by_slug(slug).model
        except KeyError:
            raise ValidationError({"type": [_("There is no such type of records.")]}) from None
        rows = model.objects.visible_to(self.request.user) if issubclass(model, Record) else None
        found = rows.filter(pk=pk).first() if rows is not None else None
        if found is None:
            raise ValidationError({"id": [_("There is no such record, or you may not see it.")]})
        return found


class RelationApi(OneRecord):
    """``…/<id>/relations/<relation>/``: taken away."""

    @extend_schema(summary="Take a relation away", responses={204: None, **REFUSED})
    def delete(self, request: Request, pk: int, relation: int) -> Response:
        record = self.record(pk)
        found = RecordRelation.objects.select_related("kind").filter(pk=relation).first()
        if found is None or record.ref not in (found.left, found.right):
            raise Http404
        actor: Any = request.user
        with errors.told():
            relations.unrelate(relation=found, record=record, actor=actor, at=timezone.now(), via="rest")
        return Response(status=status.HTTP_204_NO_CONTENT)


def told(one: relations.Related) -> dict[str, Any]:
    """Return a relation as JSON."""
    return {
        "relation": one.pk,
        "kind": one.relation.kind_id,
        "name": one.name,
        "type": one.other.record_type.slug,
        "id": one.other.pk,
        "title": str(one.other),
        "note": one.relation.note,
    }
