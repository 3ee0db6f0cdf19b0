"""Home on paper: drawn here where the system can, refused in words where it can't."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm.lib import pdf

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.pdf
@pytest.mark.skipif(not pdf.is_available(), reason="no Pango: install " + " ".join(pdf.SYSTEM_PACKAGES))
def test_the_figures_are_drawn(root: User, client_for: Any) -> None:
    response = client_for(root).get("/home.pdf")

    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")


def test_without_the_library_the_packages_are_named(
    root: User, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise pdf.PdfUnavailable

    monkeypatch.setattr(pdf, "_weasyprint", missing)

    response = client_for(root).get("/home.pdf")

    assert response.status_code == 503
    assert "libpango-1.0-0" in response.content.decode()


def test_who_sees_no_deals_gets_no_paper(eve: User, client_for: Any) -> None:
    assert client_for(eve).get("/home.pdf").status_code == 404
