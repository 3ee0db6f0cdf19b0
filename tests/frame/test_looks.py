"""A person's theme, density, language and folded navigation are kept and painted by the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from crm.ui.context import frame

if TYPE_CHECKING:
    from django.test import Client

    from crm.identity.models import User

ClientFor = Callable[["User"], "Client"]


@pytest.mark.parametrize(
    ("name", "value"), [("theme", "dark"), ("density", "comfortable"), ("language", "ru")]
)
def test_a_choice_is_kept(ann: User, client_for: ClientFor, name: str, value: str) -> None:
    answer = client_for(ann).post("/looks/", {name: value})

    ann.refresh_from_db()
    assert answer.status_code == 204
    assert getattr(ann, name) == value


def test_the_folded_navigation_is_kept(ann: User, client_for: ClientFor) -> None:
    client_for(ann).post("/looks/", {"nav": "slim"})

    ann.refresh_from_db()
    assert ann.preferences["nav"] == "slim"


def test_an_unknown_look_is_refused(ann: User, client_for: ClientFor) -> None:
    answer = client_for(ann).post("/looks/", {"theme": "pink"})

    assert answer.status_code == 400
    ann.refresh_from_db()
    assert ann.theme == "auto"


def test_guests_choose_nothing(client: Client, db: None) -> None:
    assert client.post("/looks/", {"theme": "dark"}).status_code == 302


def page(user: User) -> str:
    request = RequestFactory().get("/jobs/")
    request.user = user
    return render_to_string("base.html", {**frame(request), "user": user}, request)


def test_the_dark_theme_is_painted_by_the_server(ann: User) -> None:
    ann.theme, ann.density = "dark", "compact"

    html = page(ann)

    assert 'data-bs-theme="dark" data-theme="dark" data-density="compact"' in html


def test_a_page_holds_no_inline_script_or_style(ann: User) -> None:
    html = page(ann)

    assert "style=" not in html
    assert "onclick" not in html
    assert html.count("<script ") == html.count('<script src="') + html.count('type="application/json"')


def test_the_skip_link_comes_first(ann: User) -> None:
    html = page(ann)

    assert html.index("skip-link") < html.index("<nav")
