"""Settings of the test suite: SQLite in a file, or what TEST_DATABASE_URL and TEST_REDIS_URL name."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# In memory where there is such a folder: what tests write need not survive them.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
SCRATCH = Path(tempfile.mkdtemp(prefix="seminar-tests-", dir=MEMORY))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
# A Redis database for each process of the suite, counted down from the one that is named.
REDIS, _, NUMBER = os.environ.get("TEST_REDIS_URL", "").rpartition("/")
if REDIS:
    REDIS = f"{REDIS}/{(int(NUMBER) - int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0')[2:])) % 16}"
os.environ.update(
    DEBUG="1",
    DATA_DIR=str(SCRATCH),
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL", f"sqlite:///{SCRATCH / 'db.sqlite3'}"),
    REDIS_URL=REDIS,
    EMAIL_URL="memorymail://",
    BASE_URL="http://testserver",
    LANGUAGE_CODE="en",
)
for name in (
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "TRUSTED_PROXIES",
    "TIME_ZONE",
    "SENTRY_DSN",
    "SWEEP_SECONDS",
    "LETTER_LEASE_SECONDS",
):
    os.environ.pop(name, None)

from seminar.settings.base import *  # noqa: E402, F403
from seminar.settings.base import BASE_DIR, DATABASES, TEMPLATES  # noqa: E402

DEBUG = False
TEMPLATES = [{**TEMPLATES[0], "DIRS": [BASE_DIR / "templates", BASE_DIR / "tests" / "templates"]}]
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
# A file, never memory: parallel live-server clients would meet "table is locked".
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    DATABASES["default"]["TEST"] = {"NAME": str(SCRATCH / "test.sqlite3")}
DATABASES["default"]["CONN_MAX_AGE"] = 0
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# WhiteNoise warns about a folder that is not there, and warnings are errors.
STATIC_ROOT = SCRATCH / "static"
STATIC_ROOT.mkdir()
