"""Why people are told of an event: they are named in it, it gives them something, they follow the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.notifications import kinds, selectors
from crm.notifications.services import notify
from crm.timeline.models import Activity

if TYPE_CHECKING:
    from crm.identity.models import User
    from crm.records.models import Event, Job

#: Doors by which nothing is news: much at once, or long ago.
SILENT = frozenset({"import", "demo", "undo"})
NOTED = "note.added"
MENTIONED = "activity.mentioned"
INVITED, ANSWERED = "meeting.invited", "meeting.answered"
REMINDER_SET = "meeting.reminder_set"
#: What those who follow a record hear of, by the part of the event's name after the dot.
FOLLOWED = frozenset({"won", "lost", "reopened", "stage_changed", "logged", "held"})
#: So much of a text is shown in the line.
EXCERPT = 300


#: Events that concern somebody by their whole name.
HEARD = frozenset({NOTED, MENTIONED, INVITED, ANSWERED, REMINDER_SET, "file.added"})


def wants(event: Event, job: Job | None) -> bool:
    """Tell whether somebody might have to hear of an event; asked within every write, so it reads nothing."""
    if event.via in SILENT:
        return False
    verb = event.name.rpartition(".")[2]
    if event.name in HEARD or verb in FOLLOWED or verb in ("shared", "created"):
        return True
    changes = event.data.get("changes") or {}
    return "owner" in changes or (event.name.startswith("activity.") and "due_at" in changes)


def tell(event: Event) -> None:
    """Tell everybody whom an event concerns."""
    record = record_of(event)
    if record is None:
        return
    if event.name == MENTIONED:
        tell_mentioned(event, record)
        return
    if event.name in (INVITED, ANSWERED):
        tell_of_meeting(event, record)
        return
    tell_owner(event, record)
    verb = event.name.rpartition(".")[2]
    if verb == "shared":
        tell_shared(event, record)
    elif event.name == NOTED:
        tell_of_note(event, record)
    elif verb in FOLLOWED or event.name == "file.added":
        data = {"verb": verb, "text": event.data.get("file_name", "")}
        say(event, selectors.watchers_of(record, owner_too=False), kinds.FOLLOWED, record, data)


def record_of(event: Event) -> Any:
    model = selectors.model_of(event.type_id)
    return model.objects.filter(pk=event.record_id).first() if model is not None else None


def say(event: Event, users: list[User], kind: str, record: Any, data: dict[str, Any], **more: Any) -> None:
    notify(users, kind, at=event.at, record=record, data=data, actor=event.actor, event_id=event.pk, **more)


def tell_mentioned(event: Event, record: Any) -> None:
    users = selectors.users_of(event.data["users"])
    text = event.data.get("text", "")[:EXCERPT]
    say(event, users, kinds.MENTION, record, {"text": text}, key=f"mention:{event.pk}")


def tell_of_meeting(event: Event, record: Any) -> None:
    """Tell colleagues that they are asked, and whoever asked what is answered."""
    if event.name == INVITED:
        users = selectors.users_of(event.data["users"])
        say(event, users, kinds.INVITED, record, {"text": record.location}, key=f"invited:{record.pk}")
        return
    data = {name: event.data.get(name, "") for name in ("who", "answer")}
    data["text"] = event.data.get("note", "")
    say(event, selectors.users_of([record.owner_id]), kinds.ANSWERED, record, data)


def tell_owner(event: Event, record: Any) -> None:
    """Tell somebody that a record is theirs now; of many in one act once."""
    changes = event.data.get("changes") or {}
    if "owner" in changes:
        owner = changes["owner"].get("new")
    elif event.name.endswith(".created"):
        owner = record.owner_id
    else:
        return
    if owner is None or owner != record.owner_id:
        return
    data: dict[str, Any] = {"type": record.record_type.slug}
    key = f"assigned:{record.ref.type_id}:{record.pk}"
    if event.job_id is not None:
        key = f"assigned:job:{event.job_id}:{record.ref.type_id}"
        data["job"] = event.job_id
    say(event, selectors.users_of([owner]), kinds.ASSIGNED, record, data, key=key)


def tell_shared(event: Event, record: Any) -> None:
    """Tell the colleague, or everybody in the team, to whom a record was opened."""
    data = {"text": event.data.get("reason", "")}
    users = [event.data.get("user"), *selectors.members_of(event.data.get("team"))]
    others = selectors.users_of([one for one in users if one != record.owner_id])
    say(event, others, kinds.SHARED, record, data)


def tell_of_note(event: Event, record: Any) -> None:
    """Tell the owner and the followers, but not those whom the note itself names."""
    note = Activity.objects.filter(pk=event.data.get("activity")).first()
    named = {one["user"] for one in note.mentions} if note is not None else set()
    users = [one for one in selectors.watchers_of(record, owner_too=True) if one.pk not in named]
    say(event, users, kinds.NOTE, record, {"text": event.data.get("body", "")[:EXCERPT]})


def tell_of_job(job: Job) -> None:
    """Tell who started long work that it has ended, unless it was short enough to be watched."""
    if job.actor is None or job.finished_at is None:
        return
    failed = job.state == "failed"
    spent = (job.finished_at - (job.started_at or job.created_at)).total_seconds()
    kind = kinds.JOB_FAILED if failed else kinds.IMPORTED if job.kind == "import" else kinds.JOB_DONE
    if spent < WATCHED_SECONDS and not failed:
        return
    notify(
        [job.actor],
        kind,
        at=job.finished_at,
        data={"job": job.pk},
        key=f"job:{job.pk}",
        title=job.title,
        url=f"/jobs/{job.pk}/",
    )


#: Work shorter than this ends before the person has looked away.
WATCHED_SECONDS = 10
