"""What a deal points at shows only to those who may see it, whichever door they take."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from crm.identity.models import Grant
from tests.factories.contacts import made_company
from tests.factories.identity import rights_changed
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from crm.identity.models import User
    from sales.models import Deal

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(ann: User, bob: User) -> Deal:
    """A deal of ann's with a company of bob's, in a house where reps see their own companies only."""
    Grant.objects.filter(role__key="sales_rep", record_type="contacts.company").update(scope="own")
    rights_changed()
    return made_deal(name="Lathes", owner=ann, company=made_company(name="Secret Works", owner=bob))


DOORS = {
    "list": "/sales/deals/?cols=name,company",
    "board": "/sales/deals/board/",
    "page": "/sales/deals/{pk}/",
    "preview": "/sales/deals/{pk}/preview/",
    "file": "/sales/deals/export/?format=csv&cols=name,company",
    "rest": "/api/v1/deals/{pk}/",
    "rest list": "/api/v1/deals/",
}


def seen_at(client: Any, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    if answer.streaming:
        return b"".join(answer.streaming_content).decode()
    return str(answer.content.decode())


@pytest.mark.parametrize("door", DOORS)
def test_a_company_that_one_may_not_see_has_no_name(
    client_for: Any, ann: User, root: User, deal: Deal, door: str
) -> None:
    address = DOORS[door].format(pk=deal.pk)

    assert "Lathes" in seen_at(client_for(ann), address)
    assert "Secret Works" not in seen_at(client_for(ann), address)


@pytest.mark.parametrize("door", ["list", "board", "page", "file"])
def test_who_may_see_the_company_reads_its_name(client_for: Any, root: User, deal: Deal, door: str) -> None:
    assert "Secret Works" in seen_at(client_for(root), DOORS[door].format(pk=deal.pk))


def test_the_workbook_hides_it_too(client_for: Any, ann: User, deal: Deal) -> None:
    answer = client_for(ann).get("/sales/deals/export/?format=xlsx&cols=name,company")

    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as book:
        texts = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    assert "Lathes" in texts
    assert "Secret Works" not in texts
