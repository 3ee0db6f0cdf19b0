"""``manage.py import_records`` and ``undo``: the contract with operators' scripts."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from contacts.models import Company
from crm.records.models import ExternalId
from sales.models import Deal

if TYPE_CHECKING:
    from pathlib import Path

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def run(*arguments: Any, **options: Any) -> tuple[dict[str, Any], str]:
    """Run the import and return its JSON and what it warned of."""
    out, err = StringIO(), StringIO()
    call_command("import_records", *map(str, arguments), json=True, stdout=out, stderr=err, **options)
    return json.loads(out.getvalue()), err.getvalue()


def test_the_answer_is_one_json_object(write: Any):
    found, _warned = run("companies", write("Company\nAcme\n"))

    seconds, job = found.pop("seconds"), found.pop("job")
    assert found == {"created": 1, "updated": 0, "unchanged": 0, "duplicates": 0, "errors": 0}
    assert isinstance(job, int)
    assert seconds >= 0


def test_a_match_key_that_is_no_field_is_kept_as_an_outside_id(write: Any):
    path = write("Their key,Company\nX1,Acme\n", "erp.csv")

    run("companies", path, "--match", "Their key")

    kept = ExternalId.objects.get()
    assert (kept.source, kept.value) == ("erp", "X1")


def test_a_map_may_name_only_what_the_guess_gets_wrong(write: Any, tmp_path: Path):
    path = write("Deal,Value in all,Remark\nOne,5,hello\n")
    mapping = tmp_path / "map.json"
    mapping.write_text(json.dumps({"Value in all": "amount", "Remark": "next_step"}))

    found, _warned = run("deals", path, "--map", mapping)

    assert found["created"] == 1
    deal = Deal.objects.get()
    assert (deal.name, deal.amount, deal.next_step) == ("One", 5, "hello")


def test_a_dry_run_writes_nothing(write: Any):
    found, _warned = run("companies", write("Company\nAcme\n"), "--dry-run")

    assert found["created"] == 1
    assert not Company.objects.exists()


def test_an_import_in_somebodys_name_has_their_rights(write: Any, eve: User):
    found, _warned = run("companies", write("Company\nAcme\n"), "--as", "eve")

    assert (found["created"], found["errors"]) == (0, 1)


def test_dates_that_can_be_read_in_two_ways_are_warned_of(write: Any):
    _found, warned = run("deals", write("Deal,Close date\nOne,03/04/2025\n"))

    assert "“Close date” can be read in two ways" in warned


def test_undo_takes_it_back_once(write: Any):
    found, _warned = run("companies", write("Company\nAcme\n"))

    call_command("undo", str(found["job"]), stdout=StringIO())

    assert not Company.objects.exists()
    with pytest.raises(CommandError, match="nothing that could be undone"):
        call_command("undo", str(found["job"]), stdout=StringIO())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ships",), "There is no type “ships”"),
        (("companies", "--as", "nobody"), "There is no user “nobody”"),
        (("companies", "--match", "colour"), "“colour” is neither a column of the file nor a field"),
    ],
)
def test_a_bad_call_is_answered_with_a_sentence(write: Any, arguments: tuple[str, ...], message: str):
    path = write("Company\nAcme\n")

    with pytest.raises(CommandError, match=message):
        run(arguments[0], path, *arguments[1:])


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(CommandError, match="can't be read"):
        run("companies", tmp_path / "none.csv")
