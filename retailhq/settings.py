"""All settings, read from the environment by typed readers; a missing or broken value ends the start with one line that names it."""

import os
import re
import sys
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

import environ
import structlog
from bootstrap_wrapper import get_bootstrap_dir
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from retailhq.embedded import postgres, valkey
from retailhq.embedded.home import EmbeddedError, find_home
from retailhq.embedded.keys import read_or_make_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


# --- Readers -------------------------------------------------------------------------------------------------------------------------


def refuse(line: str) -> NoReturn:
    """Ends the start with status 2 and one line on standard error: an operator can act on that, not on a traceback."""
    sys.stderr.write(f"retailhq: {line}\n")
    raise SystemExit(2)


def read_text(name: str, default: str | None = None, *, why: str = "") -> str:
    """A text value. Set but empty is refused, because it is nearly always a deployment's unfilled blank; no default means required."""
    if name not in os.environ:
        if default is None:
            refuse(f"{name} is not set: {why}")
        return default
    value = env.str(name).strip()
    if not value:
        refuse(f"{name} is set but empty: give a value, or unset it")
    return str(value)


def read_flag(name: str, *, default: bool) -> bool:
    """true/false, 1/0, yes/no, on/off in any case; anything else is refused rather than taken for false."""
    value = read_text(name, str(default)).lower()
    if value in {"true", "1", "yes", "on"}:
        return True
    if value in {"false", "0", "no", "off"}:
        return False
    refuse(f"{name} must be true or false, not {value!r}")


def read_number(name: str, default: int, *, low: int, high: int) -> int:
    """A whole number between `low` and `high`."""
    value = read_text(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
        refuse(f"{name} must be a whole number from {low} to {high}, not {value!r}")
    return int(value)


def read_list(name: str, default: list[str] | None = None, *, why: str = "") -> list[str]:
    """Comma-separated values; an empty one among them is refused."""
    if name not in os.environ and default is not None:
        return default
    values = [part.strip() for part in read_text(name, why=why).split(",")]
    if not all(values):
        refuse(f"{name} has an empty entry: separate the values by single commas")
    return values


def read_database() -> dict[str, Any] | None:
    """DATABASE_URL as Django's dictionary, or None when it is not given. The address itself is never repeated: it holds a password."""
    if "DATABASE_URL" not in os.environ:
        return None
    if not read_text("DATABASE_URL").startswith(("postgres://", "postgresql://")):
        refuse("DATABASE_URL must start with postgresql://: PostgreSQL is the only database that RetailHQ runs on")
    try:
        config: dict[str, Any] = dict(env.db("DATABASE_URL"))
    except (ImproperlyConfigured, ValueError):
        refuse("DATABASE_URL cannot be read: write postgresql://USER:PASSWORD@HOST:PORT/NAME, special characters percent-encoded")
    if not config.get("NAME"):
        refuse("DATABASE_URL names no database: write postgresql://USER:PASSWORD@HOST:PORT/NAME")
    return config


def read_broker() -> str | None:
    """REDIS_URL, or None when it is not given. The address itself is never repeated: it may hold a password."""
    if "REDIS_URL" not in os.environ:
        return None
    url = read_text("REDIS_URL")
    try:
        parts = urlsplit(url)
        if parts.scheme == "unix":
            number = parse_qs(parts.query).get("db", ["0"])[0]
            usable = parts.path.startswith("/") and not parts.netloc
        else:
            number = parts.path.strip("/") or "0"
            usable = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
        usable = usable and number.isdecimal()
    except ValueError:
        usable = False
    if not usable:
        refuse("REDIS_URL cannot be read: write redis://[:PASSWORD@]HOST:PORT/NUMBER, rediss:// for TLS, or unix:///PATH?db=NUMBER")
    return url


def read_mail() -> dict[str, Any] | None:
    """EMAIL_URL as Django's settings, or None when it is not given. The address itself is never repeated: it may hold a password."""
    if "EMAIL_URL" not in os.environ:
        return None
    if urlsplit(read_text("EMAIL_URL")).scheme not in {"smtp", "smtp+tls", "smtp+ssl"}:
        refuse("EMAIL_URL must start with smtp://, smtp+tls:// or smtp+ssl://")
    try:
        config: dict[str, Any] = {name: value for name, value in env.email_url("EMAIL_URL").items() if name.startswith("EMAIL_")}
    except (ImproperlyConfigured, ValueError):
        refuse("EMAIL_URL cannot be read: write smtp+tls://USER:PASSWORD@HOST:PORT, special characters percent-encoded")
    if not config.get("EMAIL_HOST"):
        refuse("EMAIL_URL names no host: write smtp+tls://USER:PASSWORD@HOST:PORT")
    return config


def find_package(name: str) -> Path:
    """The folder of an installed package, which is not imported."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        refuse(f"the package {name} is not installed: pip install -r requirements.txt")
    return Path(spec.origin).parent


# --- Where we are --------------------------------------------------------------------------------------------------------------------

DEBUG = read_flag("DEBUG", default=False)
external_database = read_database()
external_broker = read_broker()
EMBEDDED_POSTGRES = external_database is None
EMBEDDED_VALKEY = external_broker is None
# An outside database and no debugging is how we tell a real installation from a person trying the product out.
PRODUCTION = not DEBUG and not EMBEDDED_POSTGRES
try:
    HOME = find_home()
    SECRET_KEY = (
        read_text("SECRET_KEY", why="it is required with DATABASE_URL, the same on every machine; 50 random characters or more")
        if PRODUCTION or "SECRET_KEY" in os.environ
        else read_or_make_secret_key(HOME)
    )
except EmbeddedError as problem:
    refuse(str(problem))

PORT = read_number("PORT", 8000, low=1, high=65535)
BIND = read_text("BIND", "127.0.0.1")
WORKER_CONCURRENCY = read_number("WORKER_CONCURRENCY", max(1, os.cpu_count() or 1), low=1, high=256)
ALLOWED_HOSTS = read_list(
    "ALLOWED_HOSTS",
    None if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"],
    why="it is required with DATABASE_URL; give the host names that people use, separated by commas",
)
# The largest file that a person may upload, packed or not.
UPLOAD_LIMIT_MB = read_number("UPLOAD_LIMIT_MB", 512, low=1, high=100_000)
# What an uploaded file may hold once it is unpacked: two kilobytes of gzip may hold a million rows.
UNPACKED_LIMIT_MB = read_number("UNPACKED_LIMIT_MB", 4096, low=1, high=1_000_000)
IMPORT_MOST_LINES = read_number("IMPORT_MOST_LINES", 10_000_000, low=1, high=1_000_000_000)
# Sign-ins that may fail from one address within the quarter of an hour, whatever names were tried.
SIGN_IN_TRIES_PER_ADDRESS = read_number("SIGN_IN_TRIES_PER_ADDRESS", 50, low=1, high=1_000_000)
# A folder with a folder for each kind of file; the recurrence "import folder" takes what lies there.
IMPORT_FOLDER = read_text("IMPORT_FOLDER", "") if "IMPORT_FOLDER" in os.environ else ""
# Limits of the HTTP API: size of a body and rows of one call, calls of one token, and how long a call may hold its answer.
API_BODY_LIMIT_MB = read_number("API_BODY_LIMIT_MB", 5, low=1, high=100)
API_ROWS_PER_CALL = read_number("API_ROWS_PER_CALL", 1000, low=1, high=10_000)
API_CALLS_PER_MINUTE = read_number("API_CALLS_PER_MINUTE", 600, low=1, high=1_000_000)
API_WAIT_SECONDS = read_number("API_WAIT_SECONDS", 30, low=0, high=55)
# Threads of each process of the web server; calls that wait for a job may hold half of them.
WEB_THREADS = 8
# How long the answer to a call with an Idempotency-Key is kept for a repeat.
API_KEPT_DAYS = read_number("API_KEPT_DAYS", 7, low=1, high=365)
# Only calls of the API bring bodies of this size; files come in parts (FILE_UPLOAD_HANDLERS).
DATA_UPLOAD_MAX_MEMORY_SIZE = API_BODY_LIMIT_MB * 1024 * 1024
LOG_LEVEL = read_text("LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    refuse(f"LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {LOG_LEVEL!r}")
# Several installations, or several test runs, may share one Redis.
REDIS_KEY_PREFIX = read_text("REDIS_KEY_PREFIX", "retailhq:")

# --- Application ---------------------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "retailhq",
    "core.ui",
    "core.access",
    "core.files",
    "core.jobs",
    "core.api",
    "core.tables",
    "retailhq.demo",
    "parameters",
    "ledger",
    "inventory",
    "orders",
    "statements",
    "retailhq.exchange",
    "retailhq.integrity",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    # Before staticfiles, so that the development server leaves static files to WhiteNoise as well.
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "simple_history",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "core.access.middleware.AccessMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "retailhq.urls"
FILE_UPLOAD_HANDLERS = ["core.files.uploads.LimitedUploadHandler"]
WSGI_APPLICATION = "retailhq.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "retailhq.home.frame.frame",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "django_tables2/bootstrap5-responsive.html"

# --- Database ------------------------------------------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **(
            external_database
            or {"NAME": postgres.DATABASE, "USER": postgres.ROLE, "HOST": str(HOME.sockets), "PORT": str(postgres.PORT), "PASSWORD": ""}
        ),
        "ENGINE": "django.db.backends.postgresql",
        # Kept between requests, and checked before each, so that a restarted server costs no error page.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
# No connection pool: whoever works a partition holds a session-level advisory lock meanwhile, and a pool that hands the connection to
# somebody else between two transactions would hand the lock over with it. Processes are few and each keeps its connection, so a pool
# would save nothing; the same rule forbids PgBouncer in transaction mode in front of the workers.
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
DATABASES["default"]["OPTIONS"].setdefault("application_name", "retailhq")

# --- Broker and cache ----------------------------------------------------------------------------------------------------------------

# One address in redis-py's notation for the cache; Celery (kombu) writes unix sockets differently, see retailhq/celery.py.
REDIS_URL = external_broker or f"unix://{valkey.socket_path(HOME)}?db=0"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{REDIS_KEY_PREFIX}cache",
        # A cache that is away must cost a request two seconds at most.
        "OPTIONS": {"socket_timeout": 2, **({} if REDIS_URL.startswith("unix:") else {"socket_connect_timeout": 2})},
    }
}

# --- Language and time ---------------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
# Each in its own words: whoever looks for a language cannot read the others.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "retailhq" / "locale"]
FORMAT_MODULE_PATH = "core.i18n"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # each store has its own zone; the server has none

# --- Static files --------------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [
    ("bootstrap", get_bootstrap_dir()),
    # Found and not imported: as an installed app the library of the API would be imported by every command.
    ("ninja", find_package("ninja") / "static" / "ninja"),
]
# Production serves collected files under names that carry their content's hash; elsewhere WhiteNoise serves them where they lie, so that a
# fresh checkout, a test and an edited style sheet need no collecting step; nothing collected earlier can then be served by mistake.
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Security ------------------------------------------------------------------------------------------------------------------------

# Pages go over HTTPS in production. HTTPS=false is for a closed network without certificates, and says so to `check --deploy`.
HTTPS = read_flag("HTTPS", default=PRODUCTION)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# A health check comes from the machine itself or from a load balancer, over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
# Believed only when said so: without a proxy in front anybody could send the header.
TRUST_PROXY = read_flag("TRUST_PROXY", default=False)
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
# Counted from the sign-in, not from the last click: a stolen cookie is worth a working day at most.
SESSION_COOKIE_AGE = 3600 * read_number("SESSION_HOURS", 12, low=1, high=168)
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's style sheet draws its arrows and ticks as data: images
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
# Every page wants a signed-in person unless its view is marked otherwise (LoginRequiredMiddleware).
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home:start"
LOGOUT_REDIRECT_URL = "sign_in"
# Which stores a person was given: the table stands above the room that asks (docs/adr/0007-access.md).
ACCESS_GRANTS = "orders.queries.scope.grants_of"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_RESET_TIMEOUT = 24 * 3600
# Guessing: so many failures of one user name from one address lock that pair out. Rows in PostgreSQL, so that all web processes
# count together; guessing on does not make the wait longer.
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "core.access.throttling.client_address"
AXES_LOCKOUT_CALLABLE = "core.access.views.show_locked"
AXES_DISABLE_ACCESS_LOG = True  # sign-ins are in our audit trail
AXES_VERBOSE = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- Mail ----------------------------------------------------------------------------------------------------------------------------

# Without a mail server a demo puts mails into a folder that only this account can read; production then sends none, and says so.
mail_server = read_mail()
SENDS_MAIL = mail_server is not None or not PRODUCTION
MAIL_FOLDER = "" if mail_server or PRODUCTION else str(HOME.path / "mail")
if mail_server:
    vars().update(mail_server)
elif MAIL_FOLDER:
    EMAIL_BACKEND = "core.files.private_mail.PrivateFileBackend"
    EMAIL_FILE_PATH = MAIL_FOLDER
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = read_text("MAIL_FROM", "RetailHQ <retailhq@localhost>")
# Where people open the pages, for links in mails that no request asked for: https://hq.example.
SITE_URL = read_text("SITE_URL", "").rstrip("/") if "SITE_URL" in os.environ else ""

# --- Logging -------------------------------------------------------------------------------------------------------------------------

log_steps: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.UnicodeDecoder(),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *log_steps,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
# Machines read production's lines, people read the others; both go to standard error, because commands answer on standard output.
log_renderers: list[Any] = (
    [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    if PRODUCTION
    # The plain traceback: the default one prints local variables, and those may hold secrets.
    else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)]
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [*log_steps, structlog.stdlib.ExtraAdder()],
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *log_renderers],
        }
    },
    "filters": {"faults": {"()": "core.db.availability.FaultsInOneLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured", "stream": "ext://sys.stderr"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": "INFO", "handlers": [], "propagate": True},
        # What is refused (4xx) is answered, and no trouble of ours; failures (5xx) are said, with their traceback.
        "django.request": {"level": "ERROR", "filters": ["faults"]},
        "django.server": {"level": "INFO", "handlers": [], "propagate": True},
        "amqp": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}
