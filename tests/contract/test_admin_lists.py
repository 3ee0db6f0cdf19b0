"""Every list of the administration is searched, narrowed, and says what its search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.urls import reverse

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

#: Tags are a handful of names; custom fields have a page of their own.
NO_FILTERS = {"tag", "customfield"}
LISTS = [
    one
    for one in admin.site._registry.values()
    # What exists once has no list to search.
    if one.opts.model_name not in {"organisation", "signinpolicy", "mailpolicy"}
]


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.opts.label_lower)
def test_a_list_of_the_administration_is_searched_filtered_and_explained(
    one: ModelAdmin[Any], root: Any, client_for: Any
) -> None:
    answer = client_for(root).get(
        reverse(f"admin:{one.opts.app_label}_{one.opts.model_name}_changelist"), {"q": "an"}
    )

    assert answer.status_code == 200
    assert one.search_fields, "nothing is searched"
    assert one.search_help_text, "nobody says what the search finds"
    assert one.list_filter or one.opts.model_name in NO_FILTERS, "nothing narrows the list"
