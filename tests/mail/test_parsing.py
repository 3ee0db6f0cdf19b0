"""Letters are taken apart however broken they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm.mail.parsing import headers, parse
from crm.mail.parsing.charsets import decode
from crm.mail.parsing.flowed import unflow
from crm.mail.parsing.headers import Address
from crm.mail.parsing.html import text_of


def test_an_encoded_word_cut_within_a_letter_is_whole_again() -> None:
    # "Привет" in UTF-8, cut after the first byte of its third letter.
    raw = "=?utf-8?B?0J/RgNA=?= =?utf-8?B?uNCy0LXRgg==?="

    assert headers.words(raw) == "Привет"


def test_encoded_words_of_two_charsets_stand_side_by_side() -> None:
    assert headers.words("=?koi8-r?B?8NLJ18XU?= =?utf-8?Q?_caf=C3=A9?= plain") == "Привет café plain"


@pytest.mark.parametrize("charset", ["utf-8", "cp1251", "koi8-r"])
def test_raw_bytes_in_a_subject_are_read(charset: str) -> None:
    raw = b"From: a@b.example\r\nSubject: " + "Счёт за услуги по договору".encode(charset) + b"\r\n\r\nx"

    assert parse(raw).subject == "Счёт за услуги по договору"


def test_a_file_name_in_pieces_and_a_foreign_charset_is_whole() -> None:
    value, given = headers.parameters(
        "attachment; filename*0*=utf-8''%D0%A1%D1%87; filename*1*=%D1%91%D1%82; filename*2=\".pdf\""
    )

    assert (value, given["filename"]) == ("attachment", "Счёт.pdf")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('"North, Ann" <Ann@X.example>, b@x.example', [("North, Ann", "ann@x.example"), ("", "b@x.example")]),
        ("Team: a@x.example, b@x.example;", [("", "a@x.example"), ("", "b@x.example")]),
        ("undisclosed-recipients:;", []),
        ("carl@x.example (Carl Smith)", [("Carl Smith", "carl@x.example")]),
        ("=?utf-8?Q?M=C3=BCller=2C_Hans?= <h@x.example>", [("Müller, Hans", "h@x.example")]),
        ("nobody", []),
    ],
)  # fmt: skip
def test_addresses_are_found(raw: str, expected: list[tuple[str, str]]) -> None:
    assert headers.addresses(raw) == [Address(*one) for one in expected]


def test_numbers_of_letters_are_found_without_brackets_and_over_lines() -> None:
    assert headers.message_ids("<a@x>,\r\n <b@x> <a@x>") == ["a@x", "b@x"]
    assert headers.message_ids("a@x b@x") == ["a@x", "b@x"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Mon, 02 Mar 2026 11:58:00 +0300", datetime(2026, 3, 2, 8, 58, tzinfo=UTC)),
        ("2026-03-02T11:58:00Z", datetime(2026, 3, 2, 11, 58, tzinfo=UTC)),
        ("yesterday", None),
        ("Mon, 02 Mar 1926 11:58:00 +0000", None),
    ],
)
def test_dates_are_read_or_left_out(raw: str, expected: datetime | None) -> None:
    assert headers.moment(raw) == expected


def test_what_is_called_latin_and_is_utf8_is_read_as_what_it_is() -> None:
    assert decode("Привет".encode(), "iso-8859-1") == "Привет"


def test_an_unknown_charset_is_guessed() -> None:
    assert decode("Добрый день, коллеги".encode("cp1251"), "x-nonsense") == "Добрый день, коллеги"


def test_zero_bytes_and_halves_of_pairs_never_reach_the_database() -> None:
    assert decode(b"a\x00b", "utf-8") == "ab"


def test_broken_lines_of_flowed_text_are_joined_and_quotes_keep_their_depth() -> None:
    assert unflow("One \ntwo\n> quoted \n> more\n-- \nAnn") == "One two\n> quoted more\n-- \nAnn"


def test_html_becomes_lines_with_quotes_marked() -> None:
    html = "<style>p{}</style><p>Hello&nbsp;<b>Ann</b></p><ul><li>one</li></ul>"
    quote = "<blockquote><p>old</p></blockquote>"

    assert text_of(html + quote) == "Hello Ann\n\n* one\n\n> old"


MIXED = b"""From: a@b.example
Content-Type: multipart/mixed; boundary=out

--out
Content-Type: multipart/related; boundary=rel

--rel
Content-Type: multipart/alternative; boundary=alt

--alt
Content-Type: text/plain; charset=utf-8

Plain words
--alt
Content-Type: text/html; charset=utf-8

<p>Rich words <img src="cid:logo@x"></p>
--alt--
--rel
Content-Type: image/png; name=logo.png
Content-ID: <logo@x>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--rel--
--out
Content-Type: application/pdf
Content-Disposition: attachment; filename="../../offer.pdf"
Content-Transfer-Encoding: base64

JVBERi0=
--out
Content-Type: message/rfc822

Subject: Inside

text
--out--
"""


def test_pictures_in_the_text_are_told_from_files() -> None:
    found = parse(MIXED)

    assert (found.text, "Rich words" in found.html) == ("Plain words", True)
    assert [(one.name, one.is_inline) for one in found.files] == [
        ("logo.png", True),
        ("offer.pdf", False),
        ("Inside.eml", False),
    ]
    assert found.files[1].data == b"%PDF-"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe" * 100,
        b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\ntext",
        b"Content-Type: multipart/mixed; boundary=a\n\n"
        + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 3000,
        b"Subject: =?utf-8?B?!!!!?= =?x?Q?=ZZ?=\r\nContent-Type: text/plain; charset=\"\r\n\r\nx",
        b"Content-Type: text/html\r\n\r\n<![if !x]><p>shown</p><![",
    ],
)  # fmt: skip
def test_nothing_makes_the_parser_give_up(raw: bytes) -> None:
    found = parse(raw)

    assert isinstance(found.text, str)
    assert isinstance(found.subject, str)
