"""Words by which machines that write letters give themselves away."""

from __future__ import annotations

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


#: Local parts of addresses that belong to mail systems.
DAEMON = any_of(
    r"^(mailer[-_.]?daemon|mail[-_.]?daemon|mail[-_.]?delivery|mail\.delivery\.system|mdaemon|"
    r"mail[-_.]?delivery[-_.]?(subsystem|system|service)|bounces?|"
    r"delivery[-_.]?(report|status)|no-?reply\+bounce)([+-].*)?@"
)
POSTMASTER = any_of(r"^(poo?stmaster|mail-?admin|sysadmin|no-?reply|root)@")
#: What a bounce calls itself.
BOUNCE_SUBJECT = any_of(
    r"undeliver(able|ed)",
    r"returned (e-?)?mail",
    r"returning (message )?to sender",
    r"failure notice",
    r"fail(ed|ure) deliver",
    r"deliver(y|ed)? (status )?notification",
    r"delivery (has )?fail",
    r"delivery (error|failure|problem|report)",
    r"mail (delivery )?(fail|error|system error)",
    r"message (you sent )?(delivery |was )?(has )?(fail|not delivered|blocked|delayed)",
    r"(could|can) ?not be delivered",
    r"non-?delivery",
    r"error sending your mail",
    r"nicht zugestellt|unzustellbar|zustellung",
    r"non remis|échec de (la )?(remise|distribution)",
    r"no se (pudo|ha podido) entregar|no entregado",
    r"mancata consegna|non recapitabile",
    r"не (было )?доставлен|недоставлен|не удалось доставить|сбой доставки|ошибка доставки",
    r"配信できません|送信できません|エラー",
    r"投递失败|退信|无法送达",
    r"^warning: message \S+ delayed",
)
#: What it says in its first lines.
BOUNCE_TEXT = any_of(
    r"(could|can) ?not be delivered",
    r"(was|were|has) not (been )?(delivered|relayed|able to deliver)",
    r"did not reach",
    r"(unable|wasn'?t able|not able|failed|error) (to deliver|delivering|while trying to deliver)",
    r"delivery (to the following|has) (recipient|address)?\S* ?fail",
    r"delivery has failed",
    r"undeliverable|undelivered",
    r"permanent(ly)? (fatal )?(error|fail)",
    r"transcript of session",
    r"(user|mailbox|host|recipient|account|domain)( name)? (is )?"
    r"(unknown|not found|unavailable|disabled|does ?n.t exist)",
    r"unknown user|no such user|invalid (final )?(delivery )?(user|recipient)",
    r"not listed in",
    r"the group you tried to contact",
    r"has not yet been delivered|delayed|warning message only",
    r"had trouble delivering",
    r"не (может быть|было|удалось|доставлено)",
    r"送信できませんでした|送信に失敗",
    r"\b5\d\d[ -]#?5\.\d\.\d",
    r"<<< 5\d\d|said: ?5\d\d|: 5\d\d ",
    r"failure reasons|no valid recipients",
)
DELAYED = any_of(
    r"\(delay\)|delay(ed)?\b",
    r"warning message only",
    r"not yet been delivered|has not been delivered yet|not been able to deliver",
    r"will (be|keep) (re)?try",
    r"still (be )?(trying|in the queue)",
    r"no (further )?action is required on your part",
    r"пока не доставлен|задерж",
)
#: There is nobody at this address.
UNKNOWN_USER = any_of(
    r"(user|mailbox|recipient|account|address|addressee)( name)?s? ?(is |was )?"
    r"(unknown|not (be )?found|does ?n.t exist|does not exist|not listed|disabled|invalid|rejected)",
    r"unknown (user|recipient|mailbox|address|account)",
    r"no such (user|mailbox|recipient|address|person|account)",
    r"invalid (final )?(delivery )?(user|recipient|mailbox|address)",
    r"not a known user|not our customer|(user|recipient|account|mailbox) .{0,60}(doesn't|does not) exist",
    r"host (name )?(unknown|not found)|domain .{0,60}(not found|does not exist)",
    r"unrouteable (address|mail domain)",
    r"group you tried to contact",
    r"нет такого|не существует|не найден",
    r"見つからない|存在しない",
)
FULL = any_of(
    r"(mailbox|quota|disk|account).{0,40}(full|exceed|over)",
    r"over ?quota|insufficient (disk|storage)",
    r"переполнен",
)
BLOCKED = any_of(
    r"spam|blocked|blacklist|black list|reputation|policy|denied|dmarc|"
    r"spf\b|dkim|not authori[sz]ed|virus|content"
)
#: Where the text of the returned letter begins.
ORIGINAL = re.compile(
    r"^[ \t>*|]*(-{2,}|={2,}|_{2,})?[ \t]*("
    r"below this line is a copy|this is a copy of (the|your) message|"
    r"(undelivered|original|returned|unsent) message( headers?)?( follows)?|message (header|text) follows|"
    r"copy of (the )?(original )?(message|header)|header of the original|(start of )?returned (e-?)?mail|"
    r"the (header|headers) of|unsent (mail )?(message )?below|unsent message follows"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
COMPLAINT_SUBJECT = any_of(
    r"^complaint about message from",
    r"^(abuse|spam|feedback)[ -]?(loop )?report\b",
    r"^email feedback report\b",
)
UNSUBSCRIBES = any_of(r"sent this email to unsubscribe from the message")
#: Subjects under which only machines answer.
AUTO_SUBJECT = any_of(
    r"^\s*(re: ?)?\[?auto(matic|mated|matisch\w*)?[- ]?(reply|response|antwort|svar|respon[sd]er)",
    r"^\s*autor?(eply|esponse|esponder)\b",
    r"^\s*out[- ]of[- ](the[- ])?office[- ]*(:|auto)",
    r"^\s*(re: ?)?автоответ|^\s*автоматический ответ",
    r"^\s*(abwesenheits(notiz|nachricht|assistent)|abwesend:|automatische antwort)",
    r"^\s*(réponse automatique|absence du bureau|message d'absence)",
    r"^\s*(respuesta automática|fuera de la oficina)",
    r"^\s*(risposta automatica|fuori sede)",
    r"^\s*(resposta automática|automatisch antwoord|afwezigheid|automatiskt svar|automatisk svar|autosvar)",
    r"^\s*(automaattinen vastaus|odpowiedź automatyczna|automatická odpověď|自動返信|自动回复|자동 회신)",
)
#: Subjects under which machines answer, and people may write too.
AWAY_SUBJECT = any_of(
    r"out of (the )?office",
    r"\bvacation\b|on holiday|on leave",
    r"\baway (from|until)\b",
    r"в отпуске|отсутству",
    r"\babwesend",
)
