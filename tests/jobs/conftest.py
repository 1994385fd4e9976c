import pytest


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    from jobs import registry  # conftests are read before the settings are known

    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    for name in ("count", "refuse", "break_down", "wait_until_told", "die_once"):
        registry.register(f"test.{name}", handler=f"tests.jobs.handlers.{name}")
    registry.register("test.gpu", handler="tests.jobs.handlers.count", queue="gpu")
