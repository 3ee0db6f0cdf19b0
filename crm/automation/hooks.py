"""Sending to webhooks: signed, tried again with growing pauses, logged, and given up in the end."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import random
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.automation import index, notices
from crm.automation.models import HookDelivery, HookState, Webhook
from crm.identity.access import access_for
from crm.lib import crypto, outbound, queue
from crm.records import filling, registry

if TYPE_CHECKING:
    from collections.abc import Collection

    from crm.identity.models import User
    from crm.records.models import Event

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
#: After so many messages given up or refused in a row the hook rests.
MAX_FAILURES = 15
#: So long the secret before the present one signs too.
OVERLAP = timedelta(days=1)
ANSWER_KEPT = 4000
#: So long a message is one worker's; longer than any call lasts.
CLAIM = timedelta(minutes=2)
GONE = 410
SEND = "crm.automation.tasks.send_hooks"


def new_secret() -> str:
    """Return a secret as it is shown to a person, once."""
    return f"whs_{secrets.token_urlsafe(32)}"


def create(*, name: str, url: str, events: list[str], author: User) -> tuple[Webhook, str]:
    """Make a webhook; return it with its secret, which nobody can read again."""
    secret = new_secret()
    hook = Webhook.objects.create(
        name=name, url=url, events=events, author=author, secret=crypto.encrypt(secret)
    )
    index.changed()
    return hook, secret


def rotate_secret(hook: Webhook, *, at: datetime) -> str:
    """Give a hook a new secret; for a day messages are signed with both."""
    secret = new_secret()
    hook.old_secret, hook.old_secret_until = hook.secret, at + OVERLAP
    hook.secret = crypto.encrypt(secret)
    hook.save(update_fields=["secret", "old_secret", "old_secret_until"])
    return secret


def encrypt_anew() -> int:
    """Write all secrets under the newest key."""
    hooks = list(Webhook.objects.all())
    for hook in hooks:
        hook.secret = crypto.rotate(hook.secret)
        hook.old_secret = crypto.rotate(hook.old_secret) if hook.old_secret else ""
        hook.save(update_fields=["secret", "old_secret"])
    return len(hooks)


def switch(hook: Webhook, *, on: bool) -> None:
    """Switch a hook on or off; what waits goes on where it stopped."""
    hook.is_on, hook.pause_reason = on, ""
    if on:
        hook.failures = 0
    hook.save(update_fields=["is_on", "pause_reason", "failures"])
    index.changed()


def body_of(event: str, *, at: datetime, **parts: Any) -> dict[str, Any]:
    return {"event": event, "at": at.isoformat(), **parts}


def send(hook: Webhook, *, key: str, event: str, body: dict[str, Any]) -> None:
    """Have a message sent once the transaction is through; the same key is sent once."""
    HookDelivery.objects.bulk_create(
        [HookDelivery(webhook=hook, key=key, event=event, body=body)], ignore_conflicts=True
    )
    queue.enqueue(SEND)


def tell_event(event: Event) -> int:
    """Make a message for each hook that listens for an event; return how many."""
    ids = index.index().hooks_for(event)
    hooks = Webhook.objects.filter(pk__in=ids, is_on=True).select_related("author") if ids else ()
    made = 0
    for hook in hooks:
        body = event_body(event, hook.author)
        if body is not None:
            send(hook, key=f"event:{event.pk}", event=event.name, body=body)
            made += 1
    return made


def event_body(event: Event, user: User) -> dict[str, Any] | None:
    """Return an event as ``user`` may see it; None where the record is not theirs to see."""
    try:
        record_type = registry.by_id(event.type_id)
    except KeyError:
        return None
    model: Any = record_type.model
    record = model.all_objects.visible_to(user).filter(pk=event.record_id).first()
    if record is None:
        return None
    level = access_for(user).field_level
    changes = event.data.get("changes") or {}
    return body_of(
        event.name,
        at=event.at,
        id=event.pk,
        via=event.via,
        actor=event.actor.username if event.actor else None,
        changes={name: change for name, change in changes.items() if level(model, name) != "hidden"},
        record=filling.record_json(record, user),
    )


def signed(hook: Webhook, body: bytes, at: datetime) -> str:
    """Return the signature: the moment, and the HMAC of moment and body under each valid secret."""
    moment = int(at.timestamp())
    kept = [hook.secret]
    if hook.old_secret and hook.old_secret_until and hook.old_secret_until > at:
        kept.append(hook.old_secret)
    marks = [sign(crypto.decrypt(secret), moment, body) for secret in kept]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks)])


def sign(secret: str, moment: int, body: bytes) -> str:
    """Return the HMAC-SHA256 of "moment.body" in hexadecimal: what the receiver works out too."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def deliver(row: HookDelivery) -> None:
    """Try one message that was claimed: call with nothing locked, write down what came of it.

    Where a worker dies during the call the message is due again after its claim, and comes a
    second time with the same number.
    """
    claimed_until = row.next_at
    try_once(row, timezone.now())
    with transaction.atomic():
        # Whoever took it over, or had it sent again meanwhile, writes down what came of it.
        if claims(row.pk, claimed_until).select_for_update().exists():
            row.save()
            settle(row)


def claim(now: datetime, *, besides: Collection[int] = ()) -> HookDelivery | None:
    """Take the next message that is due, so that no other worker sends it meanwhile."""
    with transaction.atomic():
        row = (
            HookDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("webhook__author")
            .filter(state=HookState.WAITING, next_at__lte=now, webhook__is_on=True)
            .exclude(webhook__in=besides)
            # An address that fails, perhaps slowly, comes after those that answer.
            .order_by("webhook__failures", "next_at", "pk")
            .first()
        )
        if row is not None:
            row.attempts += 1
            row.next_at = now + CLAIM
            row.save(update_fields=["attempts", "next_at"])
    return row


def claims(pk: int, until: datetime) -> models.QuerySet[HookDelivery]:
    """Return the message if it is still claimed until then."""
    return HookDelivery.objects.filter(pk=pk, state=HookState.WAITING, next_at=until)


def try_once(row: HookDelivery, at: datetime) -> None:
    """Send one message and note what was answered."""
    body = json.dumps(row.body, cls=DjangoJSONEncoder, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Artel-Webhook/1",
        "Artel-Event": row.event,
        "Artel-Delivery": str(row.token),
        "Artel-Signature": signed(row.webhook, body, at),
    }
    row.status, row.answer, row.seconds, row.error = None, "", None, ""
    try:
        answer = outbound.post(row.webhook.url, body, headers)
    except outbound.Refused as refused:
        row.error = str(refused)[:500]
        row.state = HookState.FAILED
    except (outbound.Unreachable, crypto.Unreadable) as failure:
        row.error = (str(failure) or _("The secret can't be read; make a new one."))[:500]
    else:
        row.status, row.answer, row.seconds = answer.status, answer.body[:ANSWER_KEPT], answer.seconds
        if answer.is_good:
            row.state = HookState.SENT
        elif answer.status == GONE:
            row.state, row.error = HookState.FAILED, _("The other side wants no more messages (410).")
        else:
            row.error = _("Answered with %(status)d.") % {"status": answer.status}
    if row.state == HookState.WAITING and row.attempts >= MAX_ATTEMPTS:
        row.state = HookState.FAILED
    if row.state == HookState.WAITING:
        row.next_at = at + pause(row.attempts)
    else:
        row.done_at = timezone.now()


def pause(attempts: int) -> timedelta:
    """Return how long to wait: 10 s, 20 s, 40 s … with up to half as much by chance."""
    seconds = min(6 * 3600, 10 * 2 ** (attempts - 1))
    return timedelta(seconds=seconds * random.uniform(1, 1.5))


def settle(row: HookDelivery) -> None:
    """Count failures in a row; a hook that only fails is put to rest, and its people are told."""
    hooks = Webhook.objects.filter(pk=row.webhook_id)
    if row.state == HookState.SENT:
        hooks.exclude(failures=0).update(failures=0)
        return
    hooks.update(failures=F("failures") + 1)
    hook = hooks.select_related("author").get()
    if row.status != GONE and hook.failures < MAX_FAILURES:
        return
    reason = row.error[:300]
    if hooks.filter(is_on=True).update(is_on=False, pause_reason=reason):
        index.changed()
        text = _("The webhook “%(name)s” is paused: %(reason)s") % {"name": hook, "reason": reason}
        notices.tell_administrators(
            text,
            at=timezone.now(),
            key=f"hook:{hook.pk}:{row.pk}",
            url=reverse("automation:hook", args=[hook.pk]),
            also=[hook.author],
        )


def send_again(row: HookDelivery) -> None:
    """Try a message once more, from the beginning."""
    HookDelivery.objects.filter(pk=row.pk).update(
        state=HookState.WAITING, attempts=0, next_at=timezone.now(), done_at=None
    )
    queue.enqueue(SEND)


def ping(hook: Webhook, *, at: datetime) -> HookDelivery:
    """Send a message that says no more than that the address works; tell what came of it at once."""
    row = HookDelivery.objects.create(
        webhook=hook, key=f"ping:{at.timestamp()}", event="ping", body=body_of("ping", at=at), attempts=1
    )
    try_once(row, at)
    row.state = row.state if row.state != HookState.WAITING else HookState.FAILED
    row.done_at = timezone.now()
    row.save()
    return row
