"""The navigation shows where a person may go, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm.ui.navigation import Navigation, NavItem, active_item, bottom_bar, nav

if TYPE_CHECKING:
    from crm.identity.models import User

HOME = NavItem(key="home", label="Home", url_name="ui:jobs", icon="home", bottom=1)
DEALS = NavItem(
    key="deals",
    label="Deals",
    url_name="ui:search",
    icon="currency-dollar",
    group="sales",
    permission="sales.deal",
    quick="ui:bin",
)


@pytest.fixture
def navigation() -> Navigation:
    found = Navigation()
    found.register(DEALS)
    found.register(HOME)
    return found


def test_groups_come_in_their_order(ann: User, navigation: Navigation) -> None:
    groups = navigation.groups(ann, "/jobs/")

    assert [(group.key, [entry.item.key for entry in group.entries]) for group in groups] == [
        ("home", ["home"]),
        ("sales", ["deals"]),
    ]


def test_what_a_person_may_not_see_is_not_there(eve: User, navigation: Navigation) -> None:
    groups = navigation.groups(eve, "/")

    assert [group.key for group in groups] == ["home"]
    assert navigation.creations(eve) == []


def test_a_test_of_the_user_opens_an_item(ann: User, root: User, navigation: Navigation) -> None:
    navigation.register(
        NavItem(
            key="rates", label="Rates", url_name="ui:bin", icon="x", permission=lambda user: user.is_staff
        )
    )

    assert "rates" not in [item.key for item in navigation.items(ann)]
    assert "rates" in [item.key for item in navigation.items(root)]


def test_an_item_without_a_page_is_left_out(root: User, navigation: Navigation) -> None:
    navigation.register(NavItem(key="later", label="Later", url_name="nowhere:list", icon="x"))

    assert "later" not in [item.key for item in navigation.items(root)]


def test_the_longest_address_is_the_active_one() -> None:
    search, palette = DEALS, NavItem(key="palette", label="P", url_name="ui:palette", icon="x")

    assert active_item([search, palette], "/search/palette/") is palette
    assert active_item([search, palette], "/search/") is search
    assert active_item([search, palette], "/elsewhere/") is None


def test_a_count_is_asked_once_a_minute(ann: User, navigation: Navigation) -> None:
    asked: list[User] = []

    def waiting(user: User) -> int:
        asked.append(user)
        return 7

    navigation.register(NavItem(key="today", label="Today", url_name="ui:bin", icon="x", count=waiting))

    first, again = (navigation.groups(ann, "/") for _turn in range(2))

    assert [entry.count for entry in first[0].entries] == [0, 7]
    assert again[0].entries[1].count == 7
    assert asked == [ann]


def test_the_bottom_bar_holds_four(ann: User, navigation: Navigation) -> None:
    for number in range(5):
        navigation.register(NavItem(key=f"n{number}", label="N", url_name="ui:bin", icon="x"))

    bar = bottom_bar(navigation.groups(ann, "/"))

    assert len(bar) == 4
    assert bar[0].item is HOME


def test_the_plus_menu_offers_what_one_may_add(ann: User, navigation: Navigation) -> None:
    assert navigation.creations(ann) == [(DEALS, "/bin/")]


def test_import_stands_in_the_navigation_of_those_who_may(ann: User, root: User) -> None:
    assert "import" in [item.key for item in nav.items(root)]
    assert "import" not in [item.key for item in nav.items(ann)]
