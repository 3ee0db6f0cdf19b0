"""The words that the demo's names are made of."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """Return the words of a text: lists of single words are easier to read so."""
    return text.split()


FIRST_EN = words(
    "Alice Amelia Anna Ben Carla Chloe Daniel David Elena Emma Erik Eva Felix Frank Grace Hannah Harry Hugo "
    "Ida Isaac Jack James Julia Karl Kate Laura Leo Liam Lucy Maria Mark Martin Maya Mia Nina Noah Nora "
    "Oliver Oscar Paul Peter Robert Rosa Ruth Sam Sara Simon Sophie Tom Victor"
)
LAST_EN = words(
    "Abbott Adler Bauer Becker Bennett Berg Black Brandt Brooks Carter Clarke Cole Cooper Craig Dalton "
    "Dietrich Doyle Dunn Edwards Ellis Fischer Fletcher Ford Foster Fuchs Gibson Graham Grant Gray Hale "
    "Hansen Harper Hart Hoffman Hughes Hunter Jensen Keller Kent King Klein Lambert Lang Larsen Lehmann "
    "Lloyd Maier Mason Meyer Miller Moore Morgan Nash Nielsen Olsen Owen Palmer Parker Pearce Quinn Reed "
    "Richter Roth Russell Schmidt Shaw Stein Stone Turner Vogel Wagner Walsh Ward Weber Winter Wolf Young "
    "Zimmer"
)
FIRST_RU = (
    words(
        "Александр Алексей Андрей Антон Артём Борис Вадим Василий Виктор Владимир Глеб Григорий Даниил Денис "
        "Дмитрий Евгений Егор Иван Игорь Илья Кирилл Константин Леонид Максим Михаил Никита Николай Олег "
        "Павел Пётр Роман Сергей Степан Тимур Фёдор Юрий Ярослав"
    ),
    words(
        "Алина Алла Анастасия Анна Валентина Валерия Вера Вероника Виктория Галина Дарья Диана Евгения "
        "Екатерина Елена Елизавета Жанна Зоя Инна Ирина Кира Ксения Лариса Любовь Людмила Маргарита Марина "
        "Мария Надежда Наталья Нина Оксана Ольга Полина Светлана София Татьяна Ульяна Юлия Яна"
    ),
)
PATRONYMICS = words(
    "Александров Алексеев Андреев Антонов Борисов Вадимов Васильев Викторов Владимиров Дмитриев Евгеньев "
    "Иванов Игорев Кириллов Константинов Леонидов Максимов Михайлов Николаев Олегов Павлов Петров Романов "
    "Сергеев Степанов Фёдоров Юрьев"
)
LAST_RU = words(
    "Алексеев Андреев Баранов Белов Беляев Богданов Борисов Васильев Виноградов Власов Воробьёв Воронцов "
    "Гаврилов Герасимов Григорьев Громов Гусев Давыдов Данилов Денисов Дмитриев Егоров Емельянов Ермаков "
    "Ефимов Жуков Журавлёв Зайцев Захаров Зимин Иванов Ильин Калинин Карпов Киселёв Ковалёв Козлов Комаров "
    "Королёв Крылов Кузнецов Кузьмин Куликов Лебедев Макаров Максимов Мартынов Медведев Мельников Миронов "
    "Морозов Назаров Никитин Николаев Новиков Орлов Осипов Павлов Петров Поляков Попов Романов Рябов "
    "Савельев Семёнов Сергеев Сидоров Смирнов Соболев Соколов Соловьёв Сорокин Степанов Тарасов Титов "
    "Тихонов Фёдоров Филиппов Фролов Чернов Шестаков Щербаков Яковлев"
)
TRADES_EN = words(
    "Foods Logistics Metals Software Textiles Energy Print Optics Timber Motors Marine Medical Retail Travel "
    "Glass"
)
TRADES_RU = words(
    "Продукт Логистика Металл Софт Текстиль Энерго Печать Оптика Лес Мотор Флот Мед Торг Тур Стекло Строй"
)
TITLES_EN = (
    "Buyer",
    "Head of purchasing",
    "Chief engineer",
    "Director",
    "Office manager",
    "Accountant",
    "IT manager",
    "Owner",
    "Marketing lead",
    "Logistics manager",
)
TITLES_RU = (
    "Менеджер по закупкам",
    "Начальник отдела закупок",
    "Главный инженер",
    "Генеральный директор",
    "Офис-менеджер",
    "Бухгалтер",
    "Руководитель ИТ",
    "Владелец",
    "Маркетолог",
    "Логист",
)
INDUSTRIES = (
    "Manufacturing",
    "Retail",
    "Software",
    "Logistics",
    "Construction",
    "Medical",
    "Finance",
    "Food",
)
SOURCES = (
    "Website",
    "Exhibition",
    "Recommendation",
    "Cold call",
    "Advertising",
)
CITIES = {
    "en": (
        ("London", "GB"),
        ("Manchester", "GB"),
        ("Berlin", "DE"),
        ("Hamburg", "DE"),
        ("Vienna", "AT"),
        ("New York", "US"),
        ("Chicago", "US"),
        ("Amsterdam", "NL"),
    ),
    "ru": (
        ("Москва", "RU"),
        ("Санкт-Петербург", "RU"),
        ("Екатеринбург", "RU"),
        ("Новосибирск", "RU"),
        ("Казань", "RU"),
        ("Алматы", "KZ"),
    ),
}


def feminine(surname: str) -> str:
    """Return the form of a Russian surname that a woman bears."""
    if surname.endswith(("ов", "ев", "ёв", "ин")):
        return f"{surname}а"
    return f"{surname[:-2]}ая" if surname.endswith(("ий", "ой")) else surname
