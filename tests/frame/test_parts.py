"""The template tags: what a person sees of them, and that nothing gets through unescaped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory

if TYPE_CHECKING:
    from crm.identity.models import User

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)


def drawn(markup: str, **context: Any) -> str:
    context.setdefault("request", RequestFactory().get("/"))
    return Template("{% load ui %}" + markup).render(Context(context))


def test_an_icon_with_a_label_speaks() -> None:
    assert 'aria-label="Phone"' in drawn('{% icon "phone" label="Phone" %}')
    assert 'aria-hidden="true"' in drawn('{% icon "phone" %}')


def test_a_link_looks_like_a_button() -> None:
    html = drawn('{% button url="/new/" tone="primary" icon="plus" %}New deal{% endbutton %}')

    assert '<a class="btn btn-primary" href="/new/">' in html
    assert html.endswith("New deal</a>")


def test_a_posting_button_carries_the_token_and_the_question() -> None:
    html = drawn('{% button url="/x/" method="post" confirm="Sure?" %}Delete{% endbutton %}')

    assert 'method="post"' in html
    assert "csrfmiddlewaretoken" in html
    assert 'data-confirm="Sure?"' in html


def test_a_button_opens_the_side_panel() -> None:
    html = drawn('{% button url="/new/" panel="/quick/" %}New{% endbutton %}')

    assert 'href="/new/"' in html
    assert 'hx-get="/quick/" hx-target="#panel"' in html


def test_an_icon_button_has_a_name() -> None:
    html = drawn('{% button icon="dots" icon_only=True label="More" %}{% endbutton %}')

    assert 'aria-label="More"' in html


@pytest.mark.parametrize(
    ("due", "state"),
    [
        (None, "due-none"),
        (NOON - timedelta(days=2), "due-overdue"),
        (NOON - timedelta(hours=1), "due-overdue"),
        (NOON + timedelta(hours=1), "due-today"),
        (NOON + timedelta(days=1), "due-later"),
    ],
)
def test_the_next_activity_says_how_urgent_it_is(due: datetime | None, state: str) -> None:
    assert state in drawn("{% planned due at %}", due=due, at=NOON)


def test_being_late_is_counted_in_days() -> None:
    assert "2 days late" in drawn("{% planned due at %}", due=NOON - timedelta(days=2), at=NOON)


def test_a_moment_is_relative_with_the_exact_time_on_hover() -> None:
    html = drawn("{% when moment %}", moment=NOON - timedelta(minutes=5), at=NOON)

    assert ">5 minutes ago</time>" in html
    assert 'title="' in html


def test_what_people_typed_is_escaped() -> None:
    html = drawn(
        "{% badge text %}{% copyable text %}{% chip label=text value=text url=text %}{% person text %}",
        text="<script>alert(1)</script>",
    )

    assert "<script>" not in html


def test_a_copyable_link_never_runs_script() -> None:
    assert "alert" not in drawn('{% copyable "x" href="javascript:alert(1)" %}')
    assert 'href="tel:+7912"' in drawn('{% copyable "x" href="tel:+7912" %}')


def test_a_colleague_is_shown_by_initials_and_name(ann: User) -> None:
    html = drawn("{% person ann %}", ann=ann)

    assert "AN" in html
    assert "Ann North" in html


def test_nobody_is_called_nobody() -> None:
    assert "Nobody" in drawn("{% person none %}", none=None)


def test_a_panel_counts_adds_and_remembers() -> None:
    html = drawn('{% panel title="Deals" count=3 add="/new/" key="deals" %}<p>rows</p>{% endpanel %}')

    assert '<fold-box key="deals">' in html
    assert ">3</span>" in html
    assert 'hx-get="/new/"' in html
    assert "<p>rows</p>" in html


def test_money_is_written_for_the_reader() -> None:
    assert "€1,234.50" in drawn('{% money 1234.5 "EUR" %}')
