"""The product's settings; only the addresses of the floor are added."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.loop.site"
