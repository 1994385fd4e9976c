"""Check Redis at the address of the Celery broker."""

import redis

SECONDS = 2.0


def redis_answers(url: str) -> bool:
    """Whether Redis answers at a Celery broker address."""
    try:
        with redis.Redis.from_url(
            client_address(url), socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        ) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def client_address(broker_url: str) -> str:
    """Return a broker address in the redis client's form, which differs from Celery's."""
    return broker_url.replace("redis+socket://", "unix://", 1).replace("?virtual_host=", "?db=")
