"""One settings file, read from the environment. docs/operations says what each variable means."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from django.utils.translation import gettext_lazy as _

from crm import env, logs
from crm.embedded.places import Places

# Lets Paginator[Deal] and the like be written as classes, not only in types.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.path("DATA_DIR", BASE_DIR / "var")
PLACES = Places(DATA_DIR)

# Who we are, and how strict
DEBUG = env.boolean("DEBUG", default=False)
TESTING = env.boolean("TESTING", default=False)
SECRET_KEY = env.secret("SECRET_KEY", keep_in=DATA_DIR)
# Former keys: what they have signed or encrypted is still read.
SECRET_KEY_FALLBACKS = env.listing("OLD_SECRET_KEYS", [])
PORT = env.integer("PORT", 8000, least=1, most=65535)
BASE_URL = env.web_address("BASE_URL") or f"http://localhost:{PORT}"
ALLOWED_HOSTS = env.listing(
    "ALLOWED_HOSTS",
    ["*"] if DEBUG else ["localhost", "127.0.0.1", "[::1]", urlsplit(BASE_URL).hostname or ""],
)

INSTALLED_APPS = [
    "crm.identity",
    "crm.records",
    "crm.ui",
    "crm.timeline",
    "crm.mail",
    "crm.accounts",
    "crm.notifications",
    "crm.automation",
    "crm.api",
    "crm.embedded",
    "contacts",
    "sales",
    "reports",
    "crm.ui.admin_config.AdminSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "django_filters",
    "django_htmx",
    "template_partials",
    "crispy_forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "crm.logs.RequestId",
    "crm.health.Health",
    "crm.metrics.Metrics",
    "django.middleware.security.SecurityMiddleware",
    "crm.security.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crm.security.Compression",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "crm.notifications.middleware.LivePoll",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crm.identity.reader.Reader",
    "crm.accounts.middleware.Preferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "crm.accounts.guard.Guard",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crm.ui.errors.WithoutPdf",
]
ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crm.ui.context.frame",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
# Forms are drawn by crispy-forms with a template pack of our own: templates/artel.
CRISPY_ALLOWED_TEMPLATE_PACKS = ("artel",)
CRISPY_TEMPLATE_PACK = "artel"
CRISPY_FAIL_SILENTLY = False

# PostgreSQL
DATABASES = {"default": env.database("DATABASE_URL", embedded=PLACES.database_url())}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if env.boolean("DATABASE_POOL", default=False):  # set by the web server, whose threads share connections
    # A server that comes back is found again within seconds, not after a pause that grows with its absence.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": 10,
        "timeout": 4,
        "reconnect_timeout": 2,
    }
if env.text("DATABASE_REPLICA_URL"):
    DATABASES["replica"] = {
        **env.database("DATABASE_REPLICA_URL", embedded=""),
        "TEST": {"MIRROR": "default"},
    }
if test_name := env.text("TEST_DATABASE_NAME"):
    DATABASES["default"]["TEST"] = {"NAME": test_name}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis or Valkey: the queue, and beside it the cache
# Two installations may share one server: each keeps its keys under a name of its own database.
INSTALLATION = env.installation(DATABASES["default"])
REDIS_URL = env.redis("REDIS_URL", embedded=PLACES.redis_url())
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "crm.lib.caching.ForgivingRedisCache",
        "LOCATION": env.next_database(REDIS_URL),
        "KEY_PREFIX": INSTALLATION,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
    }
}
if TESTING:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# Loaded when work is first handed on: half a second that no start waits for.
QUEUE = "crm.celery.app"
CELERY_BROKER_URL = env.broker(REDIS_URL)
# A job may run for hours; one whose worker died is found by the sweep long before that.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 12 * 3600, "global_keyprefix": f"{INSTALLATION}:"}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "crm.mail.tasks.*": {"queue": "mail"},
    # Whoever they call may be slow: a queue, and where there is one a process, of their own.
    "crm.automation.tasks.send_hooks": {"queue": "hooks"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Tests run what was enqueued in their own process (tests/plugins/database.py).
CELERY_TASK_ALWAYS_EAGER = TESTING
CELERY_TASK_EAGER_PROPAGATES = TESTING
#: So many messages to webhooks are on their way at a time, two of them to the same.
HOOKS_AT_ONCE = 1 if TESTING else 8
#: What beat asks the workers for, and every how many seconds.
BEAT = {
    "crm.records.tasks.run_due": 10,
    "crm.records.tasks.sweep": 60,
    "crm.automation.tasks.sweep": 20,
    "crm.mail.tasks.send_waiting": 5,
}
#: What /readyz asks; each answers "" or what is wrong.
READY_CHECKS = [
    "crm.health.database",
    "crm.health.broker",
    "crm.health.migrations",
    "crm.health.partitions",
    "crm.health.beat",
    "crm.health.outbox",
]

# People
AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "crm.accounts.passwords.NoWordInDisguise"},
]
PASSWORD_RESET_TIMEOUT = 24 * 3600
# The sign-in library (django-allauth). Nobody signs up: people are invited.
ACCOUNT_ADAPTER = "crm.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_FORMS = {
    "login": "crm.accounts.forms.SignInForm",
    "reset_password": "crm.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "crm.accounts.forms.NewPasswordForm",
    "change_password": "crm.accounts.forms.ChangePasswordForm",
    "reauthenticate": "crm.accounts.forms.ReauthenticateForm",
}

# Second factors. Their keys rest encrypted (crm/accounts/factors.py), recovery codes are shown once.
MFA_ADAPTER = "crm.accounts.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # the code before and the code after count too: clocks of phones differ
MFA_FORMS = {
    "authenticate": "crm.accounts.forms.CodeForm",
    "reauthenticate": "crm.accounts.forms.CodeAgainForm",
    "activate_totp": "crm.accounts.forms.SetUpForm",
}

# Words, days and letters
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
LANGUAGE_CODE = env.one_of("LANGUAGE_CODE", "en", choices=[code for code, _name in LANGUAGES])
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_TZ = True
# Without a mail server letters are printed where the product was started.
_email = env.email("EMAIL_URL", "memory:" if TESTING else "console:")
EMAIL_BACKEND: str = _email["EMAIL_BACKEND"]
EMAIL_FILE_PATH: str | None = _email.get("EMAIL_FILE_PATH")
EMAIL_HOST: str = _email.get("EMAIL_HOST", "")
EMAIL_PORT: int = _email.get("EMAIL_PORT", 25)
EMAIL_HOST_USER: str = _email.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD: str = _email.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_SSL: bool = _email.get("EMAIL_USE_SSL", False)
EMAIL_USE_TLS: bool = _email.get("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT: int = _email.get("EMAIL_TIMEOUT") or 30
DEFAULT_FROM_EMAIL = env.text("FROM_EMAIL", f"Artel <artel@{urlsplit(BASE_URL).hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Files
STATIC_URL = "static/"
STATIC_ROOT = None if TESTING else env.path("STATIC_ROOT", DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES: dict[str, dict[str, Any]] = {
    "default": env.storage("S3_URL"),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "crm.embedded.static.VersionedFiles"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["png", "jpg", "gif", "webp", "woff", "woff2", "ttf", "map"]
WHITENOISE_USE_FINDERS = DEBUG or TESTING
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_MAX_BYTES = env.integer("FILE_MAX_MB", 50, least=1, most=10_000) * 1024 * 1024
#: All files together; 0 is as much as the disk holds.
FILES_QUOTA_BYTES = env.integer("FILES_QUOTA_GB", 0, least=0, most=1_000_000) * 1024**3
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# Safety. A BASE_URL of https says that a proxy in front speaks TLS and tells so in X-Forwarded-Proto.
SECURE = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
# The browser takes a name with __Host- only over TLS, from this very host, for all paths.
SESSION_COOKIE_NAME = "__Host-artel" if SECURE else "artel"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Addresses of visitors come from the proxy when there is one (the same that speaks TLS).
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if SECURE else 0
CSRF_COOKIE_NAME = "__Host-artel-csrf" if SECURE else "artel-csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_FAILURE_VIEW = "crm.ui.errors.stale_form"
CSRF_COOKIE_HTTPONLY = True  # htmx takes the token from the page
LANGUAGE_COOKIE_NAME = "__Host-artel-language" if SECURE else "artel-language"
LANGUAGE_COOKIE_SECURE = SECURE
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# The neighbours on the company's domain are not ours to bind to https (W005, W021).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if not env.text("BASE_URL"):
    # Nobody said where people reach us, so only this machine does: there is no TLS to insist on.
    SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W008", "security.W012", "security.W016"]

#: By which ways customers pay invoices on their page: "test" moves no money.
PAYMENT_PROVIDERS = env.listing("PAYMENT_PROVIDERS", ["test"] if DEBUG or TESTING else [])

#: Hosts inside the own network that webhooks and mailboxes may call all the same.
OUTBOUND_HOSTS = frozenset(name.lower() for name in env.listing("OUTBOUND_HOSTS", []))

# Mailboxes that sign in with Google or Microsoft: our own name there (docs/operations/mailboxes.md)
MICROSOFT_TENANT = env.text("MICROSOFT_TENANT", "common")
MICROSOFT = f"https://login.microsoftonline.com/{MICROSOFT_TENANT}/oauth2/v2.0"
MAIL_OAUTH: dict[str, dict[str, Any]] = {
    "google": {
        "client_id": env.text("GOOGLE_CLIENT_ID"),
        "client_secret": env.text("GOOGLE_CLIENT_SECRET"),
        "authorize": "https://accounts.google.com/o/oauth2/v2/auth",
        "token": "https://oauth2.googleapis.com/token",
        "scope": "https://mail.google.com/",
        "extra": {"access_type": "offline", "prompt": "consent"},
    },
    "microsoft": {
        "client_id": env.text("MICROSOFT_CLIENT_ID"),
        "client_secret": env.text("MICROSOFT_CLIENT_SECRET"),
        "authorize": f"{MICROSOFT}/authorize",
        "token": f"{MICROSOFT}/token",
        "scope": "offline_access https://outlook.office.com/IMAP.AccessAsUser.All"
        " https://outlook.office.com/SMTP.Send",
        "extra": {"prompt": "select_account"},
    },
}

# Telling what happened
LOGGING = logs.configuration(
    style=env.one_of("LOG_FORMAT", "lines", choices=["lines", "json"]),
    level=env.one_of("LOG_LEVEL", "info", choices=["debug", "info", "warning", "error"]),
)
#: Whoever sends it may read /metrics from elsewhere than this machine.
METRICS_TOKEN = env.text("METRICS_TOKEN")
#: Who is told of holes: what /.well-known/security.txt names, mailto: or https: addresses.
SECURITY_CONTACT = env.listing("SECURITY_CONTACT", [])
SENTRY_DSN = env.text("SENTRY_DSN")
logs.start_sentry(SENTRY_DSN)

# REST
API_DOCS_PUBLIC = env.boolean("API_DOCS_PUBLIC", default=False)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crm.api.auth.BearerToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env.text("API_RATE", "1200/min")},
    "DEFAULT_SCHEMA_CLASS": "crm.api.schema.RecordSchema",
    "EXCEPTION_HANDLER": "crm.api.errors.handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Artel CRM",
    "DESCRIPTION": "Every record type of the product, by the same rules as its pages.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # It names custom fields, and these are in a database that needs not be there yet: tests check the schema.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "crm.api.schema.add_refusals",
    ],
    # The schema names custom fields and so tells how a company works: it is for those who have signed in.
    "SERVE_PERMISSIONS": ["crm.api.permissions.MayReadDocs"],
}
