"""What columns of files to import call the fields of deals and products, in English and Russian."""

DEAL_SYNONYMS: dict[str, tuple[str, ...]] = {
    "name": (
        "deal", "deal name", "deal title", "opportunity", "opportunity name", "title", "subject",
        "сделка", "название", "название сделки", "наименование",
    ),
    "company": (
        "account", "account name", "company name", "customer", "client", "organisation", "organization",
        "компания", "клиент", "контрагент", "заказчик", "организация", "покупатель",
    ),
    "person": (
        "contact", "contact name", "contact person", "person name",
        "контакт", "контактное лицо", "контактный человек",
    ),
    "pipeline": ("pipeline name", "sales process", "воронка", "воронка продаж"),
    "stage": (
        "deal_stage", "deal stage", "stage name", "phase", "sales stage", "opportunity stage",
        "этап", "стадия", "этап сделки", "стадия сделки",
    ),
    "amount": (
        "close_value", "close value", "value", "deal value", "deal amount", "sum", "revenue", "total",
        "budget",
        "сумма", "стоимость", "сумма сделки", "бюджет",
    ),
    "currency": ("currency code", "валюта"),
    "expected_on": (
        "expected close date", "expected closing", "forecast date", "estimated close date", "planned close",
        "ожидаемая дата закрытия", "план закрытия", "предполагаемая дата закрытия",
    ),
    "opened_on": (
        "engage_date", "engage date", "engaged on", "open date", "opened on", "start date", "created date",
        "date opened", "дата открытия", "дата начала", "начало сделки",
    ),
    "closed_at": (
        "close_date", "close date", "closed date", "closed on", "date closed", "closing date", "end date",
        "дата закрытия", "закрыта", "дата завершения", "дата сделки",
    ),
    "lost_reason": (
        "loss reason", "reason lost", "reason for loss", "close reason",
        "причина проигрыша", "причина отказа", "причина потери",
    ),
    "lost_note": ("loss note", "lost comment", "комментарий к отказу"),
    "product": ("product name", "item", "service", "товар", "продукт", "услуга", "номенклатура"),
    "source": ("lead source", "channel", "origin", "источник", "канал"),
    "next_step": ("next action", "next steps", "следующий шаг", "что дальше"),
}  # fmt: skip

PRODUCT_SYNONYMS: dict[str, tuple[str, ...]] = {
    "name": (
        "product", "product name", "item", "item name", "title",
        "товар", "продукт", "услуга", "наименование", "название", "номенклатура",
    ),
    "code": ("sku", "article", "product code", "item code", "part number", "артикул", "код", "код товара"),
    "series": (
        "family", "product family", "line", "product line", "category", "group",
        "серия", "группа", "категория", "линейка",
    ),
    "price": (
        "sales_price", "sales price", "list price", "unit price", "cost",
        "цена", "розничная цена", "цена продажи", "стоимость",
    ),
    "currency": ("currency code", "валюта"),
    "is_active": ("active", "on sale", "available", "в продаже", "активен"),
}  # fmt: skip
LEAD_SYNONYMS: dict[str, tuple[str, ...]] = {
    "name": ("lead", "lead name", "title", "subject", "topic", "лид", "тема", "заявка", "обращение"),
    "person_name": (
        "full name",
        "contact",
        "contact name",
        "contact person",
        "first name last name",
        "имя",
        "фио",
        "контакт",
        "контактное лицо",
        "клиент",
    ),
    "company_name": (
        "company",
        "account",
        "organisation",
        "organization",
        "business",
        "компания",
        "организация",
        "название компании",
    ),
    "job_title": ("position", "title of person", "role", "должность"),
    "email": ("e-mail", "mail", "email address", "почта", "эл. почта", "электронная почта"),
    "phone": ("telephone", "tel", "mobile", "phone number", "телефон", "мобильный", "номер телефона"),
    "website": ("site", "web", "url", "сайт"),
    "city": ("town", "город"),
    "message": ("comment", "comments", "notes", "question", "request", "сообщение", "комментарий", "вопрос"),
    "source": ("lead source", "channel", "источник", "канал"),
    "utm_source": ("source utm",),
    "utm_campaign": ("campaign", "кампания"),
    "drop_reason": ("disqualified reason", "lost reason", "причина отказа"),
}
