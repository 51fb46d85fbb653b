"""The two ways on which Slack reaches the doors."""

import pytest

from tests.handlers import slack_fixtures
from tests.handlers.slack_fixtures import over_http, over_socket


@pytest.fixture(params=[over_socket, over_http], ids=["socket", "http"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test asks of Slack, it asks once on each of the ways."""
    monkeypatch.setattr(slack_fixtures, "connect", request.param)
