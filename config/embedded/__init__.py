"""Bundled PostgreSQL and Redis from two wheels, for machines without these servers."""

from config.embedded.errors import EmbeddedError
from config.embedded.instance import Services, running

__all__ = ["EmbeddedError", "Services", "running"]
