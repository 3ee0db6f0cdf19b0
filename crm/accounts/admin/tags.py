"""Tags: how often each is used; rename, colour, merge two, delete everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.records import registry, tagging, tagwork
from crm.records.models import Job, JobState, Tag
from crm.records.models.tag import key_of, tidy
from crm.ui.admin import SetupAdmin
from crm.ui.declaration import has_views, views_of
from crm.ui.formats import html_tags, text_number

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm


class TagForm(ModelForm):
    """A tag's name and colour, and another tag in which it may live on."""

    merge_into = forms.ModelChoiceField(
        label=gettext_lazy("Merge into"),
        queryset=Tag.objects.none(),
        required=False,
        help_text=gettext_lazy(
            "Every record with this tag gets the other one. Its old name in files, views and rules means "
            "the other from then on. It can be undone."
        ),
    )

    class Meta:
        model = Tag
        fields = ("name", "color")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        into = self.fields.get("merge_into")
        if isinstance(into, forms.ModelChoiceField):
            rows = Tag.objects.filter(into=None, deleted_at=None).exclude(pk=self.instance.pk)
            into.queryset = rows.order_by("name")

    def clean_name(self) -> str:
        name = tidy(self.cleaned_data["name"])
        if not name:
            raise ValidationError(_("A tag needs a name."))
        same = Tag.objects.filter(key=key_of(name), into=None, deleted_at=None)
        if not self.instance.pk and same.exists():
            raise ValidationError(_("There is this tag already."))
        return name


@admin.register(Tag)
class TagAdmin(SetupAdmin):
    """Words on records. A change reaches every record as a job, and can be undone."""

    section, order = "data", 20
    deletable = True
    form = TagForm
    delete_confirmation_template = "admin/tag_confirmation.html"
    list_display = ("name", "chip", "used_on")
    search_fields = ("name",)
    search_help_text = gettext_lazy("Part of a name.")
    ordering = ("name",)
    actions = ("delete_everywhere",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return Tag.objects.filter(into=None, deleted_at=None)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [(None, {"fields": ["name", "color", "merge_into"] if obj else ["name", "color"]})]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Count all tags of the page at once."""
        found = super().get_changelist_instance(request)
        counts = tagwork.counts_of([tag.name for tag in found.result_list])
        for tag in found.result_list:
            tag.counts = counts[tag.name]
        return found

    @admin.display(description=gettext_lazy("looks so"))
    def chip(self, tag: Tag) -> SafeString:
        return html_tags([tag.name])

    @admin.display(description=gettext_lazy("used on"))
    def used_on(self, tag: Tag) -> SafeString | str:
        """Lead to the list of what carries it, type by type."""
        counts: dict[str, int] = getattr(tag, "counts", {})
        links = []
        for key, count in counts.items():
            one = registry.by_key(key)
            if has_views(one.model):
                address = f"{views_of(one.model).url('list')}?{urlencode({'tags': tag.name})}"
                links.append((address, capfirst(one.label_plural), text_number(count)))
        return format_html_join(" · ", '<a href="{}">{}: {}</a>', links) or _("nothing")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep the colour at once; a new name and a merge are jobs."""
        if not change:
            obj.key = key_of(obj.name)
            # The name may have been deleted, or have led to another tag until now.
            Tag.objects.filter(key=obj.key).delete()
            super().save_model(request, obj, form, change)
            return
        held = Tag.objects.get(pk=obj.pk)
        name, obj.name = obj.name, held.name
        super().save_model(request, obj, form, change)
        into = form.cleaned_data.get("merge_into")
        if into is not None:
            self.say(request, tagwork.merge_tags(tag=held, into=into, actor=request.user))  # type: ignore[arg-type]
        elif name != held.name:
            self.say(request, tagwork.rename_tag(tag=held, name=name, actor=request.user))  # type: ignore[arg-type]

    def after_write(self, request: HttpRequest, obj: Any) -> None:
        tagging.changed()

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Tell of a colour; a job tells of the rest itself."""
        if Tag.objects.filter(pk=obj.pk, into=None).exists():
            super().log_change(request, obj, message)

    @admin.action(description=gettext_lazy("Delete everywhere"), permissions=["delete"])
    def delete_everywhere(self, request: HttpRequest, queryset: QuerySet[Tag]) -> None:
        for tag in queryset:
            self.delete_model(request, tag)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.say(request, tagwork.delete_tag(tag=obj, actor=request.user))  # type: ignore[arg-type]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Say how many records lose it; former names need no line."""
        counts = tagwork.counts_of([tag.name for tag in objs])
        lines = [
            f"{capfirst(registry.by_key(key).label_plural)}: {text_number(count)}"
            for tag in objs
            for key, count in counts[tag.name].items()
        ]
        return lines, {}, set(), []

    def say(self, request: HttpRequest, job: Job) -> None:
        """Lead to the job, where it can be watched and undone."""
        text = _("Done: %(title)s.") if job.state == JobState.DONE else _("Under way: %(title)s.")
        link = reverse("ui:job", args=[job.pk])
        words = format_html(
            '{} <a href="{}">{}</a>', text % {"title": job.caption}, link, _("Result and undo")
        )
        self.message_user(request, words, messages.SUCCESS)
