"""Runs that never ran here."""

from __future__ import annotations

import json

import pytest
from localkfp.store.database import Store


@pytest.fixture
def stored_run(host, state):
    """Puts a run that has ended into the store, as if it had run here; gives its row."""

    def put(manifest, nodes=(), **more):
        store = Store(state / "localkfp.sqlite")
        try:
            row = store.insert(
                "runs",
                name=more.pop("name", "stored"),
                description="",
                service_account="",
                experiment_id=store.default_experiment()["id"],
                workflow_name=manifest["metadata"]["name"],
                manifest=json.dumps(manifest),
                parameters="{}",
                phase=more.pop("phase", "Succeeded"),
                message="",
                finished_at="2026-01-01T00:00:00Z",
                **more,
            )
            store.save_nodes(row["id"], nodes)
            return row
        finally:
            store.close()

    return put
