"""Plays the chosen records, many at once, on a localkfp of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import localkfp
import pytest
from tests.support.records.play import Player

JOBS = 12


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """What starts steps is slow, unless it is asked for by name: `pytest ... -k c36`."""
    if config.getoption("keyword"):
        return
    for item in items:
        if any(record.answer["run"]["ok"] for record in asked(item)):
            item.add_marker(pytest.mark.slow)


def asked(item):
    """The records that a test plays: its parameter `record`, or each of `together`."""
    if "played" not in getattr(item, "fixturenames", ()) or not hasattr(item, "callspec"):
        return []
    given = item.callspec.params
    return [given["record"]] if "record" in given else list(given["together"])


@pytest.fixture(scope="session")
def played(request, tmp_path_factory):
    """The future answer to each chosen record, by its name."""
    chosen = {record.name: record for item in request.session.items for record in asked(item)}
    folder = tmp_path_factory.mktemp("records")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOCALKFP_HOME", str(folder / "home"))
        try:
            player = Player(localkfp.start(), folder)
            with ThreadPoolExecutor(JOBS) as pool:
                yield {name: pool.submit(player.play, record) for name, record in chosen.items()}
                pool.shutdown(cancel_futures=True)
        finally:
            localkfp.stop()
