"""Sums in words, as Russian and English documents end with: "Двенадцать тысяч рублей 50 копеек"."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm.lib.money import digits_of, to_minor

if TYPE_CHECKING:
    from decimal import Decimal

MALE = ("", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")
FEMALE = ("", "одна", "две", *MALE[3:])
NEUTER = ("", "одно", *MALE[2:])
TEENS_RU = (
    *("десять", "одиннадцать", "двенадцать", "тринадцать", "четырнадцать"),
    *("пятнадцать", "шестнадцать", "семнадцать", "восемнадцать", "девятнадцать"),
)
TENS_RU = (
    *("", "", "двадцать", "тридцать", "сорок", "пятьдесят"),
    *("шестьдесят", "семьдесят", "восемьдесят", "девяносто"),
)
HUNDREDS_RU = (
    *("", "сто", "двести", "триста", "четыреста", "пятьсот"),
    *("шестьсот", "семьсот", "восемьсот", "девятьсот"),
)
SCALES_RU = (
    (FEMALE, ("тысяча", "тысячи", "тысяч")),
    (MALE, ("миллион", "миллиона", "миллионов")),
    (MALE, ("миллиард", "миллиарда", "миллиардов")),
    (MALE, ("триллион", "триллиона", "триллионов")),
    (MALE, ("квадриллион", "квадриллиона", "квадриллионов")),
)
ONES_EN = (
    *("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS_EN = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES_EN = ("", "thousand", "million", "billion", "trillion", "quadrillion")


class Names(NamedTuple):
    """What a currency is called after one, two and five, and its hundredth; and the words that count it."""

    whole: tuple[str, str, str]
    part: tuple[str, str, str]
    ones: tuple[str, ...] = MALE


RUSSIAN = {
    "RUB": Names(("рубль", "рубля", "рублей"), ("копейка", "копейки", "копеек")),
    "USD": Names(("доллар США", "доллара США", "долларов США"), ("цент", "цента", "центов")),
    "EUR": Names(("евро", "евро", "евро"), ("евроцент", "евроцента", "евроцентов"), NEUTER),
    "KZT": Names(("тенге", "тенге", "тенге"), ("тиын", "тиына", "тиынов"), NEUTER),
    "BYN": Names(
        ("белорусский рубль", "белорусских рубля", "белорусских рублей"), ("копейка", "копейки", "копеек")
    ),
    "CNY": Names(("юань", "юаня", "юаней"), ("фэнь", "фэня", "фэней")),
    "UAH": Names(("гривна", "гривны", "гривен"), ("копейка", "копейки", "копеек"), FEMALE),
    "GBP": Names(("фунт стерлингов", "фунта стерлингов", "фунтов стерлингов"), ("пенс", "пенса", "пенсов")),
}
ENGLISH = {
    "USD": ("US dollar", "US dollars"),
    "EUR": ("euro", "euros"),
    "GBP": ("pound sterling", "pounds sterling"),
    "RUB": ("Russian rouble", "Russian roubles"),
}


def in_words(amount: Decimal, currency: str, language: str) -> str:
    """Return an amount in words, minor units in figures; beyond 10^18 there are no words."""
    digits = digits_of(currency)
    minor = abs(to_minor(amount, currency))
    whole, part = divmod(minor, 10**digits)
    if whole >= 10**18:
        return ""
    text = (
        _russian(whole, part, digits, currency)
        if language == "ru"
        else _english(whole, part, digits, currency)
    )
    return text[:1].upper() + text[1:]


def _russian(whole: int, part: int, digits: int, currency: str) -> str:
    names = RUSSIAN.get(currency)
    words = russian_number(whole, names.ones if names else MALE)
    if names is None:
        rest = f" {part:0{digits}d}/{10**digits}" if digits else ""
        return f"{words}{rest} {currency}"
    text = f"{words} {russian_form(whole, names.whole)}"
    return f"{text} {part:0{digits}d} {russian_form(part, names.part)}" if digits else text


def russian_form(number: int, forms: tuple[str, str, str]) -> str:
    """Return the form of a noun after a number: 1 рубль, 3 рубля, 11 рублей."""
    if 11 <= number % 100 <= 14:
        return forms[2]
    return forms[0] if number % 10 == 1 else forms[1] if 2 <= number % 10 <= 4 else forms[2]


def russian_number(number: int, ones: tuple[str, ...]) -> str:
    """Return a number in Russian words; ``ones`` give one and two their gender."""
    if number == 0:
        return "ноль"
    number, last = divmod(number, 1000)
    words = _russian_hundreds(last, ones)
    for scale_ones, forms in SCALES_RU:
        number, group = divmod(number, 1000)
        if group:
            words = [*_russian_hundreds(group, scale_ones), russian_form(group, forms), *words]
    return " ".join(words)


def _russian_hundreds(number: int, ones: tuple[str, ...]) -> list[str]:
    hundreds, rest = divmod(number, 100)
    tens, last = divmod(rest, 10)
    words = [HUNDREDS_RU[hundreds], *([TEENS_RU[last]] if tens == 1 else [TENS_RU[tens], ones[last]])]
    return [word for word in words if word]


def _english(whole: int, part: int, digits: int, currency: str) -> str:
    one, many = ENGLISH.get(currency, (currency, currency))
    rest = f" and {part:0{digits}d}/{10**digits}" if digits else ""
    return f"{english_number(whole)} {one if whole == 1 else many}{rest}"


def english_number(number: int) -> str:
    """Return a number in English words."""
    if number == 0:
        return "zero"
    words: list[str] = []
    for scale in SCALES_EN:
        number, group = divmod(number, 1000)
        if group:
            words = [*_english_hundreds(group), *([scale] if scale else []), *words]
    return " ".join(words)


def _english_hundreds(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [ONES_EN[hundreds], "hundred"] if hundreds else []
    if rest < 20:
        return [*words, ONES_EN[rest]] if rest else words
    tens, last = divmod(rest, 10)
    return [*words, f"{TENS_EN[tens]}-{ONES_EN[last]}" if last else TENS_EN[tens]]
