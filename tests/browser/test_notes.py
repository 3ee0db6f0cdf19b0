"""Notes by mouse and keyboard: a pasted screenshot, a dropped file, a colleague named with @."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm.records.models import Attachment
from crm.timeline.models import Activity
from tests.browser.conftest import Visitor
from tests.factories.contacts import made_person
from tests.factories.timeline import call

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
#: A page that takes longer than this hangs.
SOON = 15_000
#: One red dot, as a screenshot comes out of the clipboard.
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
HAND_OVER = """
(place, [event, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  const how = { bubbles: true, cancelable: true };
  place.dispatchEvent(
    event === "paste"
      ? new ClipboardEvent("paste", { ...how, clipboardData: carried })
      : new DragEvent("drop", { ...how, dataTransfer: carried }),
  );
}
"""


def hand_over(visitor: Visitor, event: str, name: str, kind: str) -> None:
    """Paste or drop a file into the note."""
    note = visitor.page.locator("#timeline form:has([name=kind][value=note]) textarea")
    with visitor.page.expect_response(lambda one: one.request.method == "POST", timeout=SOON):
        note.evaluate(HAND_OVER, [event, name, kind, DOT])


@pytest.mark.parametrize(("event", "name"), [("paste", "image.png"), ("drop", "floor plan.png")])
def test_a_file_handed_over_to_a_note_is_kept_with_it(
    visitor: Visitor, people: Callable[..., Any], event: str, name: str
) -> None:
    ann = people("ann", role="sales_rep")
    adams = made_person(ann, last_name="Adams")
    visitor.page.set_default_timeout(SOON)
    page = visitor.sign_in(ann).go(adams.get_absolute_url()).page

    note = page.locator("#timeline form:has([name=kind][value=note])")
    note.locator("textarea").fill("What the screen said")
    hand_over(visitor, event, name, "image/png")
    note.locator("[data-files] img, [data-files] .file-name").first.wait_for()
    note.locator(".btn-primary").click()
    page.locator("#timeline-feed").get_by_text("What the screen said").wait_for()

    kept = Attachment.objects.get()
    written = Activity.objects.get()
    assert (kept.content.media_type, kept.activity_id) == ("image/png", written.pk)
    assert kept.name == name if event == "drop" else kept.name.startswith("Screenshot")


def test_a_colleague_named_while_a_note_is_changed_hears_of_it_at_once(
    visitor: Visitor, people: Callable[..., Any], browser: Browser
) -> None:
    ann, bob = people("ann", role="sales_rep"), people("bob", role="sales_rep")
    adams = made_person(ann, last_name="Adams")
    written = call(adams, actor=ann, subject="Said")
    visitor.page.set_default_timeout(SOON)
    other = browser.new_context()
    try:
        watcher = Visitor(other.new_page(), visitor.base)
        watcher.page.set_default_timeout(SOON)
        watcher.sign_in(bob).go("/contacts/people/")
        page = visitor.sign_in(ann).go(f"{written.get_absolute_url()}edit/").page

        page.locator("[name=body]").click()
        page.keyboard.press("Control+End")
        page.keyboard.type(" @bo")
        page.locator(".mention-list [role=option]").first.wait_for()
        page.keyboard.press("Enter")
        page.locator("[name=body]").evaluate("field => field.form.requestSubmit()")
        page.wait_for_url(lambda url: "/edit/" not in url)
        watcher.page.locator(".bell-count", has_text="1").wait_for(timeout=30_000)
    finally:
        other.close()

    assert [one["user"] for one in Activity.objects.get().mentions] == [bob.pk]
