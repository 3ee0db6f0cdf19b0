"""The new words of a letter, parted from the letters that it quotes and from signatures.

One line is looked for: where the writer's own text ends. What comes after it is kept and folded.
Quotes between which somebody answers point by point stay, for the answers mean nothing without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: "Wrote", as mail programs say it.
WROTE = (
    r"wrote|writes|schrieb|a écrit|écrit|ha scritto|scritto|scrisse|escribió|escreveu|schreef|skrev|"
    r"kirjoitti|"
    r"napisał\(?a?\)?|pisze|írta|написал\(?а?\)?|написали|пишет|писал\(?а?\)?|пише|napsal\(?a?\)?|"
    r"a scris|yazdı|"
    r"έγραψε|写道|寫道|님이 작성"
)
VERB = re.compile(rf"(?<![\w/-])({WROTE})(?![\w/-])", re.IGNORECASE)
#: How such a line begins: "On …", a day of the week, or a date.
OPENER = re.compile(
    r"^(on|le|am|il|el|em|op|den|dnia|w dniu|in data|dne|vào|на|в|от|mon|tue|wed|thu|fri|sat|sun|"
    r"ma|ti|ke|to|pe|la|su|man|tir|ons|tor|fre|lør|søn|пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|"
    r"четверг|"
    r"пятница|суббота|воскресенье|monday|tuesday|wednesday|thursday|friday|saturday|sunday|\d{1,4}[.\-/: ])"
    r"(?![a-zа-я])",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"[^\s<>(\"]+@[^\s<>)\"]+\.\w+")
CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}")
MOST_LINES = 5
#: Names of headers that programs repeat above a quoted letter, by what they mean.
HEADERS = {
    "from": "from|von|de|da|van|fra|från|od|от|от кого|lähettäjä|feladó|kimden|发件人|差出人",
    "sent": "sent|date|gesendet|datum|envoyé( le)?|date d'envoi|message du|inviato|data|verzonden|sendt|"
    "dato|skickat|"
    "wysłano|отправлено|дата|fecha|enviado( el| em)?|lähetetty|küldve|发送时间|送信日時",
    "to": "to|an|à|a|aan|til|till|do|кому|para|vastaanottaja|címzett|kime|收件人|宛先",
    "subject": "subject|betreff|objet|sujet|oggetto|onderwerp|emne|ämne|temat|тема|asunto|assunto|aihe|"
    "tárgy|konu|"
    "主题|件名",
    "cc": "cc|kopie|copie( à)?|kopia|копия|kopi|kopio|抄送",
}
HEADER = re.compile(
    r"^[\s*>|]*(?:" + "|".join(f"(?P<{key}>{names})" for key, names in HEADERS.items()) + r")\s*\*?\s*[:：]",
    re.IGNORECASE,
)
SEPARATOR = re.compile(
    r"^[\s>]*[-_=*]{2,}\s*(original[- ]message|original|forwarded message|begin forwarded message|"
    r"reply message|"
    r"ursprüngliche (nachricht|mail)|weitergeleitete nachricht|message d'origine|message transféré|"
    r"message original|"
    r"messaggio (originale|inoltrato)|mensaje (original|reenviado)|mensagem (original|encaminhada)|"
    r"oprindelig (besked|meddelelse)|oorspronkelijk bericht|doorgestuurd bericht|opprinnelig melding|"
    r"ursprungligt meddelande|alkuperäinen viesti|wiadomość oryginalna|исходное сообщение|"
    r"пересылаемое сообщение|"
    r"пересланное сообщение|конец (цитаты|пересылаемого сообщения)|原始邮件|元のメッセージ)\s*[-_=*]*\s*$",
    re.IGNORECASE,
)
RULE = re.compile(r"^\s*[-_=*]{4,}\s*$")
SIGNATURE = re.compile(r"^(-- ?|__|—+|–+)$")
#: What phones and programs put under a letter.
SENT_FROM = re.compile(
    r"^\W{0,3}(sent (from|via|using|with)|envoyé (depuis|à partir|de mon|via)|gesendet (von|mit|über)|"
    r"inviato (da|dal)|"
    r"enviado (desde|do|de|a partir)|verzonden (vanaf|met|via|van)|skickat från|sendt fra|отправлено (с|"
    r"из|от|через)|"
    r"wysłan[eo] (z|za)|lähetetty|get outlook for|holen sie sich outlook|télécharger outlook|"
    r"получить outlook)"
    r"\b.{1,80}$",
    re.IGNORECASE,
)
#: A signature longer than this is text.
LONGEST_SIGNATURE = 15


@dataclass(frozen=True, slots=True)
class Split:
    """A text in two: what is new, and the rest."""

    reply: str
    rest: str


def split(text: str) -> Split:
    """Part the new words from the rest; a letter without new words is shown whole."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    end = _end_of_reply(lines)
    reply = "\n".join(lines[:end]).strip("\n").rstrip()
    if not reply.strip():
        return Split("\n".join(lines).strip("\n"), "")
    return Split(reply, "\n".join(lines[end:]).strip("\n"))


def _end_of_reply(lines: list[str]) -> int:
    for place, line in enumerate(lines):
        if not line.strip():
            continue
        if is_quoted(line) or _attribution(lines, place):
            if not _is_answered_below(lines, place):
                return place
        elif _begins_letter(lines, place) or _is_sent_from(lines, place) or _is_signature(lines, place):
            return place
    return len(lines)


def is_quoted(line: str) -> bool:
    """Tell whether a line carries the mark of a quote; ">:" is the end of a broken address."""
    bare = line.lstrip()
    return bare.startswith(">") and not bare.startswith(">:")


def _attribution(lines: list[str], place: int) -> int:
    """Return how many lines "On Monday, X wrote:" takes from here; 0 when it is none."""
    text = ""
    for count, line in enumerate(lines[place : place + MOST_LINES], start=1):
        if not line.strip() or is_quoted(line):
            return 0
        text = f"{text} {line.strip()}".strip()
        bare = text.strip("-*_ ")
        if _says_who_wrote(bare):
            return count
        if count == 1 and not (OPENER.match(bare) or ADDRESS.search(bare)):
            return 0
    return 0


def _says_who_wrote(text: str) -> bool:
    if len(text) > 500 or not re.search(r"\d", text):
        return False
    ends = text.endswith((":", "："))
    has_address = bool(ADDRESS.search(text))
    verb = VERB.search(text)
    if verb and OPENER.match(text):
        return ends or (has_address and text[verb.end() :].strip(" :") == "")
    # Programs that leave the verb out still name time and address.
    return ends and has_address and bool(CLOCK.search(text)) and bool(OPENER.match(text) or CLOCK.match(text))


def _is_answered_below(lines: list[str], place: int) -> bool:
    """Tell whether the writer goes on under this quote."""
    after = place + _attribution(lines, place)
    rest = lines[after:]
    first = next((line for line in rest if line.strip()), "")
    if not is_quoted(first):
        # No marks: everything that follows is the quoted letter.
        return False
    for offset, line in enumerate(rest):
        if not line.strip() or is_quoted(line):
            continue
        here = after + offset
        if _is_wrapped(lines, here):
            continue
        # An attribution, a header or a signature under a quote brings no new words.
        ends = _attribution(lines, here) or _begins_letter(lines, here)
        return not (ends or _is_sent_from(lines, here) or SIGNATURE.match(line) or RULE.match(line))
    return False


def _is_wrapped(lines: list[str], place: int) -> bool:
    """Tell whether a line is the broken-off end of a quoted one."""
    above, below = lines[place - 1], lines[place + 1 : place + 2]
    return is_quoted(above) and bool(below) and is_quoted(below[0])


def _begins_letter(lines: list[str], place: int) -> bool:
    """Tell whether the head of a quoted letter stands here, perhaps under a line drawn across."""
    if SEPARATOR.match(lines[place]):
        return True
    if RULE.match(lines[place]):
        below = next((n for n in range(place + 1, min(place + 4, len(lines))) if lines[n].strip()), None)
        return below is not None and _begins_head(lines, below)
    return _begins_head(lines, place)


def _begins_head(lines: list[str], place: int) -> bool:
    if not HEADER.match(lines[place]):
        return False
    kinds = {match.lastgroup for line in lines[place : place + 6] if (match := HEADER.match(line))}
    return len(kinds - {None}) >= 3 and bool(kinds & {"from", "sent"})


def _is_sent_from(lines: list[str], place: int) -> bool:
    line = lines[place].strip()
    stands_alone = place == 0 or not lines[place - 1].strip() or SIGNATURE.match(lines[place - 1])
    return bool(stands_alone and SENT_FROM.match(line) and not line.endswith((".", "!", "?", ",")))


def _is_signature(lines: list[str], place: int) -> bool:
    if not SIGNATURE.match(lines[place]):
        return False
    below = 0
    for here in range(place + 1, len(lines)):
        if is_quoted(lines[here]) or _attribution(lines, here) or _begins_letter(lines, here):
            break
        below += bool(lines[here].strip())
    return below <= LONGEST_SIGNATURE
