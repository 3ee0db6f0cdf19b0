"""Tax and bank numbers, phones, countries, domains: right ones pass, slips are caught."""

import pytest
from django.utils import translation

from contacts import domains
from crm.lib import countries, phones, taxids


@pytest.mark.parametrize("number", ["7707083893", "7728168971", "7736050003", "500100732259"])
def test_a_right_inn_passes(number: str) -> None:
    assert taxids.is_inn(number)


@pytest.mark.parametrize(
    "number", ["7707083894", "770708389", "500100732258", "500100732249", "77070838930", "770708389X", ""]
)
def test_a_wrong_inn_is_caught(number: str) -> None:
    assert not taxids.is_inn(number)


@pytest.mark.parametrize("number", ["1027700132195", "304500116000157"])
def test_a_right_ogrn_passes(number: str) -> None:
    assert taxids.is_ogrn(number)


@pytest.mark.parametrize("number", ["1027700132196", "304500116000158", "102770013219", ""])
def test_a_wrong_ogrn_is_caught(number: str) -> None:
    assert not taxids.is_ogrn(number)


def test_an_account_fits_its_bank_only() -> None:
    assert taxids.is_account("40702810600014307627", "044525545")
    assert not taxids.is_account("40702810600014307628", "044525545")
    assert not taxids.is_account("40702810600014307627", "044525225")
    assert taxids.is_correspondent_account("30101810400000000225", "044525225")
    assert not taxids.is_correspondent_account("30101810400000000226", "044525225")


def test_one_wrong_digit_of_an_account_is_always_caught() -> None:
    account, bik = "40702810600014307627", "044525545"
    slips = [
        account[:place] + digit + account[place + 1 :]
        for place in range(20)
        for digit in "0123456789"
        if digit != account[place]
    ]

    assert not [slip for slip in slips if taxids.is_account(slip, bik)]


def test_shapes_of_other_numbers() -> None:
    assert taxids.is_kpp("773601001")
    assert not taxids.is_kpp("77360100")
    assert taxids.is_iban("GB82WEST12345698765432")
    assert not taxids.is_iban("GB82WEST12345698765433")
    assert taxids.is_vat("DE123456789")
    assert not taxids.is_vat("DE12345678")
    assert taxids.is_swift("SABRRUMM")
    assert taxids.clean(" 77 07-08.3893 ") == "7707083893"


@pytest.mark.parametrize(
    ("text", "region", "found"),
    [
        ("8 (495) 123-45-67", "RU", "+74951234567"),
        ("495 123-45-67", "RU", "+74951234567"),
        ("+7 495 123 45 67", "US", "+74951234567"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("1-212-555-0123", "US", "+12125550123"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("0049 30 123456", "DE", "+4930123456"),
        ("8 800 555 35 35 доб. 12", "RU", "+78005553535;ext=12"),
        ("+1 (415) 555-2671 x22", "", "+14155552671;ext=22"),
        ("123", "US", None),
        ("call me", "US", None),
        ("", "RU", None),
    ],
)
def test_phones_come_to_one_form(text: str, region: str, found: str | None) -> None:
    assert phones.normalise(text, region) == found


def test_a_phone_is_shown_as_people_read_it() -> None:
    assert phones.pretty("+74951234567") == "+7 495 123-45-67"
    assert phones.pretty("+12125550123", "US") == "(212) 555-0123"
    assert phones.normalise(phones.pretty("+78005553535;ext=12")) == "+78005553535;ext=12"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("United States", "US"),
        ("Philipines", "PH"),
        ("Korea", "KR"),
        ("Германия", "DE"),
        ("рф", "RU"),
        ("de", "DE"),
        ("Nowhere land", ""),
        ("", ""),
    ],
)
def test_countries_are_recognised(text: str, code: str) -> None:
    assert countries.recognise(text) == code


def test_a_country_is_named_in_the_readers_language() -> None:
    assert countries.name_of("DE") == "Germany"
    with translation.override("ru"):
        assert countries.name_of("DE") == "Германия"


def test_domains_are_bare_and_mail_providers_say_nothing() -> None:
    assert domains.clean_domain("https://www.Acme.com/about?x=1") == "acme.com"
    assert domains.clean_domain("anna@acme.com") == "acme.com"
    assert domains.clean_domain("пример.рф") == "пример.рф"
    assert domains.clean_domain("no domain") == ""
    assert domains.is_telling("acme.com")
    assert not domains.is_telling("gmail.com")
