"""Records in the admin: the service's rules, the service's events, and the bin instead of deletion."""

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.records.models import Event
from crm.records.registry import service_for
from sales.models import Deal, Product
from tests.factories.sales import made_deal, stage

GIVEN = {"name": "GTX Pro", "code": "gtx", "price": "100", "currency": "USD", "is_active": "on"}
ADD = reverse("admin:sales_product_add")


@pytest.fixture
def administrator(root, client_for):
    return client_for(root)


@pytest.fixture
def product(root):
    [draft] = service_for(Product).create(
        [{"name": "GTX Pro", "code": "gtx", "currency": "USD"}], actor=root, at=timezone.now()
    )
    return draft.record


def change(record):
    return reverse(f"admin:sales_{record._meta.model_name}_change", args=[record.pk])


def fields_in(page):
    """What the form of a page would send, were nothing changed."""
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, False, "", [])}


def test_the_admin_makes_a_record_by_its_service(administrator, root):
    answer = administrator.post(ADD, GIVEN)

    product = Product.objects.get()
    event = Event.objects.get()
    assert answer.status_code == 302
    assert (product.name, product.created_by, product.version) == ("GTX Pro", root, 1)
    assert (event.name, event.via, event.actor) == ("product.created", "admin", root)


def test_the_admin_changes_a_record_by_its_service(administrator, product):
    page = administrator.get(change(product))

    administrator.post(change(product), {**fields_in(page), "name": "GTX Plus"})

    event = Event.objects.latest("pk")
    product.refresh_from_db()
    assert (product.name, product.version) == ("GTX Plus", 2)
    assert event.name == "product.updated"
    assert event.data["changes"] == {"name": {"old": "GTX Pro", "new": "GTX Plus"}}


def test_saving_without_a_change_writes_no_event(administrator, product):
    page = administrator.get(change(product))

    administrator.post(change(product), fields_in(page))

    product.refresh_from_db()
    assert product.version == 1
    assert Event.objects.count() == 1


def test_a_second_editor_keeps_what_they_typed(administrator, root, product):
    page = administrator.get(change(product))
    service_for(Product).update([product], {"name": "Other"}, actor=root, at=timezone.now())

    answer = administrator.post(change(product), {**fields_in(page), "name": "Mine"})

    text = answer.content.decode()
    assert "Somebody saved this record after you opened it" in text
    assert "Mine" in text
    product.refresh_from_db()
    assert product.name == "Other"


def test_a_move_that_the_stage_refuses_comes_back_with_its_reason(administrator, root):
    deal = made_deal(owner=root)
    page = administrator.get(change(deal))

    answer = administrator.post(change(deal), {**fields_in(page), "stage": stage("Lost").pk})

    assert answer.status_code == 200
    assert "errornote" in answer.content.decode()
    assert Deal.objects.get().status == "open"


def test_records_go_into_the_bin(administrator, product):
    asked = administrator.get(reverse("admin:sales_product_delete", args=[product.pk]))
    administrator.post(reverse("admin:sales_product_delete", args=[product.pk]), {"post": "yes"})

    assert "goes into the bin" in asked.content.decode()
    assert not Product.objects.exists()
    assert Product.all_objects.get().deleted_at is not None
    assert Event.objects.latest("pk").name == "product.deleted"


def test_many_go_into_the_bin_at_once(administrator, product):
    administrator.post(
        reverse("admin:sales_product_changelist"), {"action": "move_to_bin", "_selected_action": [product.pk]}
    )

    assert Product.all_objects.get().deleted_at is not None


def test_the_history_of_a_record_is_its_events(administrator, product):
    page = administrator.get(reverse("admin:sales_product_history", args=[product.pk]), follow=True)

    assert [event.name for event in page.context["cl"].result_list] == ["product.created"]
