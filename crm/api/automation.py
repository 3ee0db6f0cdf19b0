"""Rules and webhooks over REST, for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError as Refused
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.response import Response

from crm.api import errors
from crm.api.permissions import may_write
from crm.automation import engine, hooks, index, services
from crm.automation.forms import check_events, check_url
from crm.automation.models import HookDelivery, Rule, RuleRun, Webhook
from crm.automation.sentences import sentence_of
from crm.records import registry
from crm.ui.admin.rights import may_administer

if TYPE_CHECKING:
    from django.urls import URLPattern
    from rest_framework.request import Request

#: Actions over one run or delivery, by the names of their addresses.
PLACES = {
    "retry-run": "runs/<int:run>/retry",
    "resend-delivery": "deliveries/<int:delivery>/resend",
}
REFUSED = {400: errors.SCHEMA, 403: errors.SCHEMA, 404: errors.SCHEMA}


class ForAdministrators(BasePermission):
    """Rules act for others, and hooks carry data out: only administrators reach them here."""

    message: str | None = None

    def has_permission(self, request: Any, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if request.method not in SAFE_METHODS and not may_write(request.auth):
            self.message = "This token was made for reading only."
            return False
        return may_administer(request.user)


class Pages(CursorPagination):
    """Pages by key, in the shape of all our lists."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "-id"

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link()})

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {"type": "string", "format": "uri", "nullable": True},
            },
        }


class StepSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.CharField(required=False, max_length=20)
    step = serializers.CharField(help_text="Such as plan, change, create, tag, notify, webhook.")

    def get_fields(self) -> dict[str, Any]:
        """Add "with", a name that Python keeps for itself."""
        given = serializers.DictField(required=False, help_text="What the step's form asks for.")
        return {**super().get_fields(), "with": given}


class RuleSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    type = serializers.CharField(help_text="The record type, such as deals.")
    when = serializers.DictField(required=False)
    condition = serializers.DictField(required=False, help_text="A tree of filters; empty fits everything.")
    steps = StepSerializer(many=True, required=False)
    sentence = serializers.SerializerMethodField(help_text="The rule in words.")

    class Meta:
        model = Rule
        fields = (
            "id", "name", "note", "type", "trigger", "when", "condition", "steps", "once", "stops", "team",
            "is_on", "pause_reason", "author", "version", "position", "updated_at", "sentence",
        )  # fmt: skip
        read_only_fields = ("pause_reason", "author", "version", "position", "updated_at")

    def get_sentence(self, rule: Rule) -> str:
        return sentence_of(rule)

    def to_representation(self, rule: Any) -> Any:
        rule.type = registry.by_id(rule.type_id).slug
        return super().to_representation(rule)


class RunSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = RuleRun
        fields = (
            "id", "rule", "version", "record_id", "title", "state", "reason", "steps", "attempts",
            "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class WebhookSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    events = serializers.ListField(child=serializers.CharField(max_length=60), required=False)

    class Meta:
        model = Webhook
        fields = ("id", "name", "url", "events", "is_on", "pause_reason", "failures", "author", "created_at")
        read_only_fields = ("pause_reason", "failures", "author", "created_at")

    def validate_url(self, url: str) -> str:
        return str(told(check_url, url))

    def validate_events(self, names: Any) -> list[str]:
        return told(check_events, names)  # type: ignore[no-any-return]


class DeliverySerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = HookDelivery
        fields = (
            "id", "token", "event", "body", "state", "attempts", "status", "answer", "error", "created_at",
            "done_at",
        )  # fmt: skip
        read_only_fields = fields


def told(work: Any, *args: Any, **kwargs: Any) -> Any:
    """Do ``work``; what it refuses becomes the answer 400."""
    try:
        return work(*args, **kwargs)
    except Refused as refused:
        raise ValidationError(
            refused.message_dict if hasattr(refused, "error_dict") else list(refused.messages)
        ) from refused


class RuleApi(viewsets.ModelViewSet):  # type: ignore[type-arg]
    """Rules: read, made, changed, switched; what they did."""

    permission_classes = (ForAdministrators,)
    serializer_class = RuleSerializer
    pagination_class = Pages
    filter_backends = ()
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    queryset = Rule.objects.select_related("author", "team")

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = self.saved(None, serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        serializer.instance = self.saved(serializer.instance, serializer.validated_data)

    def saved(self, rule: Rule | None, given: Any) -> Rule:
        parts = dict(given)
        on = parts.pop("is_on", None)
        now, door = timezone.now(), {"actor": self.request.user, "via": "rest"}
        parts = {name: plain(value) for name, value in parts.items()}
        found: Rule = told(services.save_rule, rule=rule, parts=parts, at=now, **door)
        if on is not None:
            told(services.switch_rule, rule=found, on=on, at=now, **door)
        return found

    def perform_destroy(self, instance: Rule) -> None:
        services.delete_rule(rule=instance, actor=self.request.user, at=timezone.now(), via="rest")  # type: ignore[arg-type]

    @extend_schema(summary="What a rule did", responses={200: RunSerializer(many=True), **REFUSED})
    @action(detail=True, methods=["get"], serializer_class=RunSerializer)
    def runs(self, request: Request, pk: str) -> Response:
        rows = RuleRun.objects.filter(rule=self.get_object()).order_by("-pk")
        return self.get_paginated_response(RunSerializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(summary="Try a failed run again", request=None, responses={202: None, **REFUSED})
    @action(detail=True, methods=["post"], url_path="retry-run")
    def retry(self, request: Request, pk: str, run: str) -> Response:
        engine.retry(get_object_or_404(RuleRun, rule=self.get_object(), pk=run))
        return Response(status=status.HTTP_202_ACCEPTED)


def plain(value: Any) -> Any:
    """Return plain lists and dictionaries, as the service keeps them."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


class WebhookApi(viewsets.ModelViewSet):  # type: ignore[type-arg]
    """Webhooks, and what was sent. A secret stands in the answer that makes it, and nowhere else."""

    permission_classes = (ForAdministrators,)
    serializer_class = WebhookSerializer
    pagination_class = Pages
    filter_backends = ()
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    queryset = Webhook.objects.select_related("author")

    @extend_schema(
        summary="Create", request=WebhookSerializer, responses={201: OpenApiTypes.OBJECT, **REFUSED}
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        hook, secret = hooks.create(
            name=given["name"],
            url=given["url"],
            events=given.get("events", []),
            author=request.user,  # type: ignore[arg-type]
        )
        if given.get("is_on") is False:
            hooks.switch(hook, on=False)
        return Response({**self.get_serializer(hook).data, "secret": secret}, status=status.HTTP_201_CREATED)

    def perform_update(self, serializer: Any) -> None:
        on = serializer.validated_data.pop("is_on", None)
        hook = serializer.save()
        if on is not None:
            hooks.switch(hook, on=on)
        index.changed()

    def perform_destroy(self, instance: Webhook) -> None:
        instance.delete()
        index.changed()

    @extend_schema(
        summary="Make a new secret",
        request=None,
        responses={200: inline_serializer("WebhookSecret", {"secret": serializers.CharField()}), **REFUSED},
    )
    @action(detail=True, methods=["post"])
    def secret(self, request: Request, pk: str) -> Response:
        return Response({"secret": hooks.rotate_secret(self.get_object(), at=timezone.now())})

    @extend_schema(summary="What was sent", responses={200: DeliverySerializer(many=True), **REFUSED})
    @action(detail=True, methods=["get"], serializer_class=DeliverySerializer)
    def deliveries(self, request: Request, pk: str) -> Response:
        rows = HookDelivery.objects.filter(webhook=self.get_object()).order_by("-pk")
        return self.get_paginated_response(DeliverySerializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(summary="Send a message again", request=None, responses={202: None, **REFUSED})
    @action(detail=True, methods=["post"], url_path="resend-delivery")
    def resend(self, request: Request, pk: str, delivery: str) -> Response:
        hooks.send_again(get_object_or_404(HookDelivery, webhook=self.get_object(), pk=delivery))
        return Response(status=status.HTTP_202_ACCEPTED)


def routes(api: Any, slug: str) -> list[URLPattern]:
    """Return the addresses of rules or of webhooks."""
    many = api.as_view({"get": "list", "post": "create"})
    one = api.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"})
    found = [
        path(f"v1/{slug}/", many, name=f"{slug}-list"),
        path(f"v1/{slug}/<int:pk>/", one, name=f"{slug}-detail"),
    ]
    for extra in api.get_extra_actions():
        place = PLACES.get(extra.url_path, extra.url_path)
        view = api.as_view(dict(extra.mapping), **extra.kwargs)
        found.append(path(f"v1/{slug}/<int:pk>/{place}/", view, name=f"{slug}-{extra.url_name}"))
    return found


def all_routes() -> list[URLPattern]:
    return [*routes(RuleApi, "rules"), *routes(WebhookApi, "webhooks")]
