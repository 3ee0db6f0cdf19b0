"""PDF files: what they may reach, and what is said where they can't be made."""

from __future__ import annotations

import sys

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from crm.lib import pdf
from crm.ui.errors import WithoutPdf


@pytest.mark.pdf
def test_a_page_becomes_a_file_that_brings_its_letters():
    short, long = pdf.render("<p>Счёт № 7</p>"), pdf.render("<p>Счёт № 7: съешь ещё этих булок</p>")

    assert short.startswith(b"%PDF-")
    # The letters in use are brought along.
    assert len(long) > len(short)


@pytest.mark.pdf
def test_a_document_reaches_no_file_and_no_network(tmp_path):
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>hidden</text></svg>', encoding="utf-8")

    without = pdf.render("<p>A</p>")
    drawn = pdf.render(f'<p>A</p><img src="{secret.as_uri()}"><img src="http://127.0.0.1:9/x.png">')

    assert abs(len(drawn) - len(without)) < 500


def test_missing_libraries_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)

    with pytest.raises(pdf.PdfUnavailable, match=r"libpango-1\.0-0"):
        pdf.render("<p>A</p>")
    assert not pdf.is_available()


def test_a_page_that_needs_a_pdf_answers_503_with_the_packages():
    request = RequestFactory().get("/q/1/pdf/")

    answer = WithoutPdf(lambda _request: HttpResponse()).process_exception(request, pdf.PdfUnavailable())

    assert answer is not None
    assert answer.status_code == 503
    assert "libpango-1.0-0 libpangoft2-1.0-0" in answer.content.decode()
