"""A hidden field tells nothing to who asks in a roundabout way: types × fields × doors.

By conditions, views of others, acts on many, imports that match, merges, rules, letters, the
administration, what is deleted: whoever may not see a value can't find it out by trying either.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts import sameness
from crm.notifications.models import Notification
from crm.records import filling, registry
from crm.records.importing.mapping import MappingError
from crm.records.models import SavedView
from crm.ui.customfilters import CustomFilter
from crm.ui.declaration import views_of
from tests.contract.planting import body, cases, limited, planted
from tests.contract.samples import make
from tests.factories.automation import made_rule, step, work
from tests.factories.contacts import made_person
from tests.factories.sales import made_deal
from tests.importing.conftest import _own_folder, run_import, write  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import Team, User
    from crm.records.fields import Field
    from crm.records.registry import RecordType

pytestmark = pytest.mark.django_db
every_field = pytest.mark.parametrize(("record_type", "one"), list(cases()))


def asks(record_type: RecordType, one: Field, root: User) -> dict[str, Any]:
    """Return conditions over the field, by filter, as somebody who sees all could write them."""
    found = {}
    for name, made in views_of(record_type.model).filters({}, user=root).filters.items():
        field = name if isinstance(made, CustomFilter) else made.field_name
        if one.name in {field, *getattr(made, "reads", ())} and made.in_tree:
            found[name] = {"filter": name, "value": ["zqsecret"]}
    return found


def address(views: Any, door: str, **query: Any) -> str:
    return views.url(door) + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def further_doors(record: Any, one: Field) -> dict[str, str]:
    """Return pages about the record that stand apart from its own."""
    views, slug, pk = views_of(record), record.record_type.slug, record.pk
    meta = record._meta
    return {
        "count": address(views, "count", **{one.name: "x"}),
        "columns": views.url("columns"),
        "filters": views.url("list") + "?filters=1",
        "timeline": reverse("timeline:record", args=[slug, pk]),
        "relations": views.url("relations", pk),
        "share": views.url("share", pk),
        "files": reverse("ui:files_on", args=[slug, pk]),
        "rest fields": f"/api/v1/{slug}/fields/",
        "rest relations": f"/api/v1/{slug}/{pk}/relations/",
        "rest files": f"/api/v1/{slug}/{pk}/files/",
        "home as a file": "/home.pdf",
        "excel": views.url("export") + f"?format=xlsx&columns={one.name}",
        "bin": "/bin/?type=" + slug,
        "notifications": "/notifications/",
        "jobs": "/jobs/",
        "admin list": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"),
        "admin page": reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[pk]),
        "admin history": reverse(f"admin:{meta.app_label}_{meta.model_name}_history", args=[pk]),
        "admin events": reverse("admin:records_event_changelist"),
    }


@every_field
def test_pages_beside_the_record_tell_nothing(
    record_type: RecordType, one: Field, ann: User, team_a: Team, client_for: Callable[[User], Client]
) -> None:
    record, _value, forms = planted(record_type, one, ann)
    client = client_for(limited(team_a, record_type, one.name, "hidden"))

    page = body(client.get(record.get_absolute_url()))
    parts = {f"part {where}": where for where in re.findall(r'hx-get="([^"]+/part/[^"]+)"', page)}
    told = {}
    for door, where in (further_doors(record, one) | parts).items():
        response = client.get(where, follow=True)
        assert response.status_code < 500, (door, where)
        if response.status_code == 200 and (found := [form for form in forms if form in body(response)]):
            told[door] = found

    assert told == {}


@every_field
def test_conditions_and_views_of_others_ask_nothing(
    record_type: RecordType,
    one: Field,
    ann: User,
    root: User,
    team_a: Team,
    client_for: Callable[[User], Client],
) -> None:
    record, _value, _forms = planted(record_type, one, ann)
    own_code = {"code": "QF-501"} if record_type.slug == "products" else {}
    plain = make(record_type, owner=ann, team=team_a, **own_code)
    views, slug = views_of(record), record_type.slug
    client = client_for(limited(team_a, record_type, one.name, "hidden"))

    for condition in asks(record_type, one, root).values():
        for where in (condition, {"not": condition}):
            text = json.dumps({"all": [where]})
            rest = client.get(f"/api/v1/{slug}/", {"where": text})
            says = client.get(reverse("ui:condition_says", args=[slug]), {"where": text})
            shared = SavedView.objects.create(
                type_id=record_type.id,
                owner=root,
                name=f"Theirs {where}"[:80],
                is_shared=True,
                query=f"where={text}",
            )
            listed = {
                "list": client.get(views.url("list"), {"where": text}),
                "view": client.get(views.url("list"), {"view": shared.pk}),
            }
            assert rest.status_code == 400
            assert "There is no such filter." in body(says)
            for door, answer in listed.items():
                # Both or none: what tells them apart can't be asked.
                links = [f"{views.url('list')}{row.pk}/" in body(answer) for row in (record, plain)]
                assert links[0] is links[1], door
        name = condition["filter"]
        assert client.get(reverse("ui:condition_row", args=[slug]), {"what": f"f.{name}"}).status_code == 404


@every_field
def test_what_is_deleted_is_not_found_by_it(
    record_type: RecordType, one: Field, ann: User, team_a: Team, client_for: Callable[[User], Client]
) -> None:
    record, _value, forms = planted(record_type, one, ann)
    registry.service_for(record_type.model).delete([record], actor=None, at=timezone.now())
    client = client_for(limited(team_a, record_type, one.name, "hidden"))

    found = body(client.get("/bin/", {"type": record_type.slug, "q": forms[0]}))

    assert str(record) in body(client.get("/bin/", {"type": record_type.slug}))
    assert str(record) not in found


@every_field
def test_many_are_not_changed_by_it(
    record_type: RecordType, one: Field, ann: User, team_a: Team, client_for: Callable[[User], Client]
) -> None:
    record, _value, _forms = planted(record_type, one, ann)
    client = client_for(limited(team_a, record_type, one.name, "hidden"))
    slug, url = record_type.slug, views_of(record).url("bulk")
    given = {"act": "edit", "ids": [record.pk], "field": one.name, "value": "x", "do": "1"}

    client.post(url, given)
    client.post(url, {**given, "value": "", "empty": "on"})
    client.post(url, {"act": "tag", "ids": [record.pk], "tags": "added", "do": "1"})
    client.post(url, {"act": "untag", "ids": [record.pk], "tags": "zqsecret", "do": "1"})
    tried = body(client.post(url, {**given, "try": "1"}))
    client.post(
        f"/api/v1/{slug}/batch/",
        {"rows": [{"id": record.pk, one.name: None}]},
        content_type="application/json",
    )

    assert one.value(record_type.model._base_manager.get(pk=record.pk)) == one.value(record)
    assert "zqsecret" not in tried


@every_field
def test_an_import_neither_matches_nor_writes_it(
    record_type: RecordType,
    one: Field,
    ann: User,
    team_a: Team,
    run_import: Any,  # noqa: F811
    write: Any,  # noqa: F811
) -> None:
    record, value, _forms = planted(record_type, one, ann)
    lena = limited(team_a, record_type, one.name, "hidden")
    text = one.text(value)

    rule = {"columns": {"secret": one.name}, "match": [one.name], "mode": "update"}
    with pytest.raises(MappingError, match=re.escape(str(one.label))):
        run_import(record_type.slug, write(f"secret\n{text}\n"), actor=lena, **rule)

    after = record_type.model._base_manager.get(pk=record.pk)
    assert one.value(after) == one.value(record)


@every_field
def test_letters_and_messages_of_rules_leave_it_out(
    record_type: RecordType, one: Field, ann: User, team_a: Team
) -> None:
    record, _value, forms = planted(record_type, one, ann)
    lena = limited(team_a, record_type, one.name, "hidden")
    fields = dict(filling.offered(record_type.model, lena))
    every = filling.fill(" ".join(f"{{{{ {name} }}}}" for name in (*fields, one.name)), record, lena)
    message = json.dumps(filling.record_json(record, lena), default=str)

    assert one.name not in fields
    assert [form for form in forms if form in every + message] == []


@every_field
def test_a_merge_neither_shows_nor_moves_it(
    record_type: RecordType, one: Field, ann: User, team_a: Team, client_for: Callable[[User], Client]
) -> None:
    if not registry.service_for(record_type.model).mergeable:
        pytest.skip("records of this type are not merged")
    record, _value, forms = planted(record_type, one, ann)
    own_code = {"code": "QF-501"} if record_type.slug == "products" else {}
    other = make(record_type, owner=ann, team=team_a, **own_code)
    client, url = client_for(limited(team_a, record_type, one.name, "hidden")), views_of(record).url("merge")
    ids = [record.pk, other.pk]

    page = body(client.get(url, {"ids": ids}))
    client.post(url, {"ids": ids, "survivor": other.pk, f"value-{one.name}": record.pk})
    stayed = record_type.model._base_manager.get(pk=other.pk)

    assert [form for form in forms if form in page] == []
    assert [form for form in forms if form in body(client.get(stayed.get_absolute_url()))] == []


def test_that_two_share_a_hidden_address_is_not_said(
    ann: User, team_a: Team, client_for: Callable[[User], Client]
) -> None:
    for name in ("Zara Quillfeather", "Otto Quillfeather"):
        made_person(ann, name=name, email="zqsecret@example.com", owner=ann)
    sameness.drain()
    lena = limited(team_a, registry.by_slug("people"), "email", "hidden")

    told = body(client_for(ann).get("/contacts/duplicates/"))
    untold = body(client_for(lena).get("/contacts/duplicates/"))
    asked = client_for(lena).get("/contacts/people/duplicates/", {"email": "zqsecret@example.com"})

    assert "Same e-mail" in told
    assert "Quillfeather" not in untold
    assert "Quillfeather" not in body(asked)


def test_a_notice_tells_its_reader_no_more_than_they_may_see(ann: User, root: User, team_a: Team) -> None:
    lena = limited(team_a, registry.by_slug("deals"), "amount", "hidden")
    text = "It is worth {{ amount }}, look."
    made_rule(root, steps=[step("notify", who="user", user=lena.pk, text=text)])
    made_rule(root, steps=[step("notify", who="user", user=ann.pk, text=text)])

    made_deal(owner=ann, actor=root, amount=Decimal(7731377))
    work()

    said = {one.user: one.data["text"] for one in Notification.objects.filter(kind="rule")}
    assert "7,731,377" in said[ann]
    assert said[lena] == "It is worth , look."
