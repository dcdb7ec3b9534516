"""Every story runs on one database and over one way to Slack at a time.

`make test` plays them over HTTP on SQLite; `make stories-again` plays all of them once more, over Socket Mode on
PostgreSQL, so that each way and each database sees every story once.
"""

import pytest


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("database"))


@pytest.fixture(autouse=True)
def _via(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.stage.VIA", request.config.getoption("via"))
