"""Every setting, read from the environment. One file, no local overrides."""

from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from config import env, logs
from config.mail import mail_settings

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.home()

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY")
# Characters of SECRET_KEY, required where others than this machine have access.
LEAST_SECRET = 32
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "config.static_storage.StaticFiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "jobs",
    "annotation",
    "rewardsvc",
    "demo",
    # After annotation, whose command drf_create_token replaces this app's. The table is only read,
    # so that programs that write tokens of their own into it go on working.
    "rest_framework.authtoken",
]

MIDDLEWARE = [
    # First, so that all log records of the others have the request id.
    "config.request_ids.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "annotation.people.sign_in.required.SignInRequiredMiddleware",
    "annotation.common.call_middleware.CallLimitMiddleware",
    "annotation.people.sign_in.middleware.SignInMiddleware",
    "annotation.people.first_passwords.FirstPasswordMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
            ],
        },
    },
]

DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL"), conn_max_age=None, conn_health_checks=True
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL")

AUTH_USER_MODEL = "annotation.User"
# The others only check what they stored; the next sign-in stores it anew.
PASSWORD_HASHERS = [
    "annotation.people.sign_in.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTHENTICATION_BACKENDS = ["annotation.people.sign_in.backend.LimitedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Calls of one person in a minute, at each web process; a picture counts a third. 0: no limit.
CALLS_PER_MINUTE = env.integer("CALLS_PER_MINUTE", 1_800)
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
# Sessions stay in PostgreSQL: Redis may be wiped at any time and nobody is logged out.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("HTTPS", default=False)
SECURE_SSL_REDIRECT = env.flag("HTTPS", default=False)
# A browser takes a cookie of this name from this very host alone, and only over HTTPS.
if SECURE_SSL_REDIRECT:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
if SECURE_SSL_REDIRECT and len(SECRET_KEY) < LEAST_SECRET:
    raise ImproperlyConfigured(f"SECRET_KEY must have at least {LEAST_SECRET} characters.")
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
# Whether to trust the two headers that the front proxy sets.
BEHIND_PROXY = env.flag("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# The supervisor on the same machine uses plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# The documents that the pages under /help/ show.
DOCS_ROOT = BASE_DIR / "docs"

# The mail server for links to a new password; empty: leads and administrators hand them out.
EMAIL_URL = env.text("EMAIL_URL", "")
globals().update(mail_settings(EMAIL_URL))
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "editjury@localhost")

LANGUAGE_CODE = "en"
# The languages of the annotators' pages; docs/design.md says how to add one.
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static", ("docs", DOCS_ROOT / "pictures")]
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR_DIR / "media")))
# Temporary files of long jobs on this machine; nothing here needs a backup.
WORK_ROOT = Path(env.text("WORK_ROOT", str(VAR_DIR / "work")))
LOGGING = logs.LOGGING
# A folder of training configurations beside those shipped; empty for none.
REWARD_CONFIGS = env.text("REWARD_CONFIGS", "")
# The internal location under which the web server in front serves MEDIA_ROOT (X-Accel-Redirect);
# empty: this process sends the files itself.
MEDIA_ACCEL_PREFIX = env.text("MEDIA_ACCEL_PREFIX", "")
# Source maps are for developers of the libraries; compressing them takes longer than all else.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static_storage.ModuleManifestStorage"},
}
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
# Enough for one picture of the largest size (100 MiB) and the other fields.
FORM_UPLOAD_MAX_BYTES = 101 * 2**20
FILE_UPLOAD_HANDLERS = [
    "config.uploads.LimitedFormHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# The largest ZIP that a lead may upload; the command line has no limit.
IMPORT_UPLOAD_MAX_BYTES = env.integer("IMPORT_UPLOAD_MAX_BYTES", 2 * 2**30)

CELERY_BROKER_URL = REDIS_URL
# Log records go to standard error, so that must not be redirected into the log.
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_IMPORTS = ("config.worker_limits",)
# Memory of each process of a worker other than the gpu worker, in MiB; 0 for no limit. Enough for
# four pictures of 50 megapixels at a time, about 1 GiB each.
WORKER_MEMORY_MIB = env.integer("WORKER_MEMORY_MIB", 5_120)
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "annotation.common.api.keys.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "EditJury",
    "DESCRIPTION": (
        "Lease comparisons and submit judgments: in a session with its CSRF token, or with the "
        "header `Authorization: Token KEY`. People make keys under their name, API keys; "
        "`manage.py drf_create_token NAME` makes one with all scopes. GET needs the scope read, "
        "everything else annotate. A key that was revoked, whose person was deactivated or whose "
        "person changed the password is refused within a second."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# `(user, job) -> bool`: the app of the job's subject decides who may see the job.
JOB_ACCESS = "annotation.common.access.may_see_job"

# Tasks that must run within seconds have a separate queue and worker, so they never wait.
CELERY_TASK_ROUTES = {
    "jobs.sweep": {"queue": "sweeps"},
    "annotation.sweep_leases": {"queue": "sweeps"},
}


def _every(seconds: float, task: str) -> dict[str, Any]:
    # A message that waited this long is dropped: the next one is queued already.
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": _every(10.0, "jobs.sweep"),
    "sweep-leases": _every(30.0, "annotation.sweep_leases"),
    "clear-sessions": _every(86_400.0, "annotation.clear_sessions"),
    "draw-repeats": _every(120.0, "annotation.draw_repeats"),
    "refresh-regions": _every(30.0, "annotation.refresh_regions"),
    "fill-pixel-keys": _every(60.0, "annotation.fill_pixel_keys"),
    "find-look-alikes": _every(60.0, "annotation.find_look_alikes"),
    "apply-rules": _every(120.0, "annotation.apply_rules"),
    "make-sized-views": _every(60.0, "annotation.make_sized_views"),
    "make-masked-views": _every(60.0, "annotation.make_masked_views"),
    "settle-overlap": _every(300.0, "annotation.settle_overlap"),
    "send-back-disagreement": _every(900.0, "annotation.refill_disagreement"),
}
