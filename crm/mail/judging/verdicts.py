"""The verdict on a letter, from the surest sign to the weakest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm.mail.judging import bounces, phrases
from crm.mail.judging.bounces import Bounced
from crm.mail.models import MessageKind
from crm.mail.parsing import headers
from crm.mail.parsing.charsets import decode
from crm.mail.parsing.parts import bytes_of, head_of, kind_of

if TYPE_CHECKING:
    from crm.mail.parsing import Letter

#: Headers that only programs which answer by themselves write.
AUTO_HEADERS = (
    "x-autoreply", "x-auto-reply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply", "x-autoresponder",
    "x-autoreply-domain", "x-vacation", "x-ms-exchange-inbox-rules-loop",
)  # fmt: skip
LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "list-help", "mailing-list", "x-mailing-list")
BULK = ("bulk", "list", "junk")


@dataclass(slots=True)
class Verdict:
    """What a letter is, and what it says of other letters."""

    kind: MessageKind = MessageKind.ORDINARY
    why: str = ""
    is_auto: bool = False
    #: For bounces: whom a letter did not reach.
    bounced: list[Bounced] = field(default_factory=list)
    #: For bounces, receipts and complaints: the letters that they are about.
    about: list[str] = field(default_factory=list)
    #: Why no automatic letter may answer it; empty where one may.
    no_answer: str = ""

    @property
    def is_bounce(self) -> bool:
        return self.kind == MessageKind.BOUNCE

    @property
    def is_final(self) -> bool:
        return any(one.is_final for one in self.bounced)

    def to_json(self) -> dict[str, Any]:
        """Return what is kept with the message."""
        found: dict[str, Any] = {"why": self.why}
        if self.bounced:
            found["bounced"] = [
                {"address": one.address, "action": one.action, "status": one.status, "reason": one.reason}
                for one in self.bounced
            ]
        if self.no_answer:
            found["no_answer"] = self.no_answer
        return found


def judge(letter: Letter) -> Verdict:
    """Tell what a letter is."""
    for ask in (_complaint, _receipt, _bounce, _auto_reply, _list):
        verdict = ask(letter)
        if verdict is not None:
            break
    else:
        verdict = Verdict()
    verdict.is_auto = verdict.is_auto or _is_automatic(letter)
    verdict.no_answer = _no_answer(letter, verdict)
    return verdict


def _kinds(letter: Letter) -> set[str]:
    return {kind_of(part)[0] for part in letter.root.walk()}


def _complaint(letter: Letter) -> Verdict | None:
    report = kind_of(letter.root)[1].get("report-type", "").lower()
    if "message/feedback-report" in _kinds(letter) or report == "feedback-report":
        why = _feedback_type(letter) or "feedback report"
    elif phrases.COMPLAINT_SUBJECT.search(letter.subject) and "message/rfc822" in _kinds(letter):
        why = "subject"
    elif phrases.UNSUBSCRIBES.search(letter.text[:500]):
        why = "unsubscribes"
    else:
        return None
    return Verdict(MessageKind.COMPLAINT, why, is_auto=True, about=bounces.originals(letter))


def _feedback_type(letter: Letter) -> str:
    for part in letter.root.walk():
        if kind_of(part)[0] == "message/feedback-report":
            inner = part.get_payload()
            heads = head_of(inner[0]) if isinstance(inner, list) and inner else []  # type: ignore[arg-type]
            text = dict(heads).get("feedback-type") or _line(decode(bytes_of(part)), "feedback-type")
            return text.strip()[:40]
    return ""


def _line(text: str, name: str) -> str:
    for line in text.splitlines():
        key, _colon, value = line.partition(":")
        if key.strip().lower() == name:
            return value
    return ""


def _receipt(letter: Letter) -> Verdict | None:
    report = kind_of(letter.root)[1].get("report-type", "").lower()
    if report != "disposition-notification" and "message/disposition-notification" not in _kinds(letter):
        return None
    about = [
        one
        for part in letter.root.walk()
        for key, value in head_of(part)
        if key == "original-message-id"
        for one in headers.message_ids(value)
    ]
    return Verdict(
        MessageKind.RECEIPT, "read receipt", is_auto=True, about=about or bounces.originals(letter)
    )


def _bounce(letter: Letter) -> Verdict | None:
    found = bounces.reported(letter)
    lost = [one for one in found if one.action in ("failed", "delayed", "")]
    if found and not lost:
        # "Delivered", "relayed": good news.
        return Verdict(MessageKind.RECEIPT, "delivered", is_auto=True, about=bounces.originals(letter))
    if not lost:
        if bounces.score(letter) < bounces.ENOUGH:
            return None
        lost = bounces.guessed(letter)
    elif not any(one.address for one in lost):
        named = [one.address for one in bounces.guessed(letter)]
        lost = [Bounced(one, lost[0].action, lost[0].status, lost[0].text) for one in named] or lost
    why = "delivery report" if found else "looks like one"
    lost = bounces.without_doubles(lost)
    return Verdict(MessageKind.BOUNCE, why, is_auto=True, bounced=lost, about=bounces.originals(letter))


def _auto_reply(letter: Letter) -> Verdict | None:
    submitted = headers.parameters(letter.raw("auto-submitted"))[0]
    why = ""
    if submitted.startswith("auto-replied"):
        why = "Auto-Submitted"
    elif any(letter.raw(name) for name in AUTO_HEADERS):
        why = next(name for name in AUTO_HEADERS if letter.raw(name))
    elif letter.raw("precedence").strip().lower() in ("auto_reply", "auto-reply"):
        why = "Precedence"
    elif letter.raw("x-apple-action").strip().upper() == "VACATION":
        why = "X-Apple-Action"
    elif phrases.AUTO_SUBJECT.search(letter.subject):
        why = "subject"
    elif _is_automatic(letter) and phrases.AWAY_SUBJECT.search(letter.subject):
        why = "subject of a machine"
    elif _is_null(letter) and not letter.raw("list-id"):
        why = "no return address"
    return Verdict(MessageKind.AUTO_REPLY, why, is_auto=True, about=letter.answers) if why else None


def _list(letter: Letter) -> Verdict | None:
    for name in LIST_HEADERS:
        if letter.raw(name):
            return Verdict(MessageKind.LIST, name)
    if letter.raw("precedence").strip().lower() in BULK:
        return Verdict(MessageKind.LIST, "precedence")
    return None


def _is_null(letter: Letter) -> bool:
    return letter.raw("return-path").strip() == "<>"


def _is_automatic(letter: Letter) -> bool:
    submitted = headers.parameters(letter.raw("auto-submitted"))[0]
    return (submitted not in ("", "no")) or _is_null(letter)


def _no_answer(letter: Letter, verdict: Verdict) -> str:
    """Tell why nothing automatic may answer (RFC 3834), and X-Auto-Response-Suppress asks it of us too."""
    if verdict.kind != MessageKind.ORDINARY:
        return str(verdict.kind.value)
    if verdict.is_auto:
        return "automatic"
    if letter.raw("x-auto-response-suppress"):
        return "X-Auto-Response-Suppress"
    if letter.raw("x-loop") or letter.raw("feedback-id"):
        return "X-Loop" if letter.raw("x-loop") else "Feedback-ID"
    return "" if letter.sender.address else "no sender"
