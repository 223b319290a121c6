"""The store: what was written is there after reopening; what can't be used is left alone."""

from __future__ import annotations

import asyncio
import json
import sqlite3

import pytest
from localkfp.errors import AlreadyExists, StoreError
from localkfp.runs.disposal import delete, sweep
from localkfp.store import database
from localkfp.store.database import Store
from localkfp.store.state_directory import state_directory

RUN = {
    "description": "",
    "service_account": "",
    "workflow_name": "w",
    "manifest": "{}",
    "parameters": "{}",
    "phase": "Running",
    "message": "",
}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "localkfp.sqlite"


def add_run(store, name="run", **columns):
    experiment = store.default_experiment()
    return store.insert("runs", name=name, experiment_id=experiment["id"], **{**RUN, **columns})


def add_version(store, pipeline, name):
    return store.insert(
        "versions",
        pipeline_id=pipeline["id"],
        name=name,
        description="",
        template="한글",
        parameters="[]",
    )


def filled(file):
    store = Store(file)
    for n in range(50):
        add_version(store, store.insert("pipelines", name=f"p{n}", description=""), "v")
    store.close()
    return file


# ---- keeping -------------------------------------------------------------------------------------


def test_a_new_store_has_the_default_experiment(file):
    assert [row["name"] for row in Store(file).rows("experiments")] == ["Default"]


def test_a_default_experiment_that_was_deleted_comes_back_when_needed(file):
    store = Store(file)
    first = store.default_experiment()
    store.delete("experiments", first["id"])
    assert store.default_experiment()["id"] != first["id"]
    assert len(store.rows("experiments")) == 1


def test_reopening_keeps_everything(file):
    store = Store(file)
    pipeline = store.insert("pipelines", name="p", description="설명")
    version = add_version(store, pipeline, "v")
    store.update("pipelines", pipeline["id"], default_version=version["id"])
    run = add_run(store)
    store.save_nodes(run["id"], [{"id": "b", "x": 1}, {"id": "a"}], phase="Failed")
    before = {name: store.rows(name) for name in ("pipelines", "versions", "experiments", "runs")}
    nodes = store.nodes(run["id"])
    store.close()
    again = Store(file)
    assert {name: again.rows(name) for name in before} == before
    assert again.nodes(run["id"]) == nodes == [{"id": "b", "x": 1}, {"id": "a"}]
    assert before["pipelines"][0]["default_version"] == version["id"]
    assert (before["runs"][0]["phase"], before["versions"][0]["template"]) == ("Failed", "한글")


def test_a_node_that_changes_keeps_its_place(file):
    store = Store(file)
    run = add_run(store)
    store.save_nodes(run["id"], [{"id": "a"}, {"id": "b"}])
    store.save_nodes(run["id"], [{"id": "a", "phase": "Running"}])
    assert store.nodes(run["id"]) == [{"id": "a", "phase": "Running"}, {"id": "b"}]


def test_nodes_and_their_run_are_written_together_or_not_at_all(file):
    store = Store(file)
    run = add_run(store)
    with pytest.raises(sqlite3.Error):
        store.save_nodes(run["id"], [{"id": "a"}], no_such_column=1)
    assert store.nodes(run["id"]) == []
    store.save_nodes(run["id"], [{"id": "b"}], phase="Failed")
    assert store.nodes(run["id"]) == [{"id": "b"}]


def test_what_belongs_to_a_row_goes_with_it(file):
    store = Store(file)
    pipeline, run = store.insert("pipelines", name="p", description=""), add_run(store)
    add_version(store, pipeline, "v")
    store.save_nodes(run["id"], [{"id": "a"}])
    store.delete("pipelines", pipeline["id"])
    store.delete("runs", run["id"])
    assert (store.rows("versions"), store.nodes(run["id"])) == ([], [])


def test_two_names_collide(file):
    store = Store(file)
    pipeline = store.insert("pipelines", name="p", description="")
    other = store.insert("pipelines", name="q", description="")
    store.insert("experiments", name="e", description="")
    add_version(store, pipeline, "v")
    add_version(store, other, "v")
    add_run(store), add_run(store)
    for again in (
        lambda: store.insert("pipelines", name="p", description=""),
        lambda: store.insert("experiments", name="e", description=""),
        lambda: add_version(store, pipeline, "v"),
    ):
        with pytest.raises(AlreadyExists, match="already exists"):
            again()


# ---- what can't be used --------------------------------------------------------------------------


def rubbish(data):
    return b"This is a letter, and no database.\n" * 100


def cut_short(data):
    return data[: len(data) // 2]


def overwritten(data):
    return data[:8192] + b"\xff" * 8192 + data[16384:]


@pytest.mark.parametrize("damage", [rubbish, cut_short, overwritten])
def test_a_damaged_file_is_named_and_left_as_it_is(file, damage):
    data = damage(filled(file).read_bytes())
    file.write_bytes(data)
    with pytest.raises(StoreError, match=f"{file} can't be used .* It was left as it is"):
        Store(file)
    assert file.read_bytes() == data


OLD_ROWS = """
INSERT INTO pipelines VALUES ('p', 'p', '', '', 'v', 1);
INSERT INTO versions VALUES ('v', 'p', 'v', '', '', '', '[{"name": "a"}]', 1);
INSERT INTO experiments VALUES ('e', 'e', '', '', 0, 1);
INSERT INTO runs VALUES
  ('r', 'r', '', '', 'e', 'v', 'p', 'w', '{}', '{"a": "1"}', '', '', '', 'Succeeded', '', 0, 1);
"""


def test_a_file_of_an_older_version_is_brought_up_to_date_with_what_it_holds(file):
    connection = sqlite3.connect(file)
    connection.executescript(database.STEPS[0] + OLD_ROWS + "PRAGMA user_version = 1")
    connection.close()
    store = Store(file)
    store.keep_execution("k", 1, None, "{}")
    assert store.execution("k") is not None
    (run,) = store.rows("runs")
    assert (run["id"], run["terminating"]) == ("r", 0)
    assert json.loads(run["spec"]) == {"parameters": [{"name": "a", "value": "1"}]}
    assert [(ref["type"], ref["name"]) for ref in json.loads(run["refs"])] == [
        ("EXPERIMENT", "e"),
        ("PIPELINE_VERSION", "v"),
    ]
    assert store.rows("pipelines")[0]["parameters"] == '[{"name": "a"}]'


def test_a_file_of_another_version_is_left_as_it_is(file):
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    data = file.read_bytes()
    with pytest.raises(StoreError, match=r"another version of localkfp \(schema 99"):
        Store(file)
    assert file.read_bytes() == data


def test_a_store_in_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match="can't be used as localkfp's database"):
        Store(tmp_path / "file" / "localkfp.sqlite")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_state_directory_that_cannot_be_made_is_refused(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv("LOCALKFP_HOME", str(tmp_path / "file" / "state"))
    with pytest.raises(StoreError, match=r"can't write its state directory .* Set LOCALKFP_HOME"):
        state_directory()


def test_a_state_directory_is_made_when_it_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCALKFP_HOME", str(tmp_path / "a" / "b"))
    assert state_directory() == tmp_path / "a" / "b"
    assert list((tmp_path / "a" / "b").iterdir()) == []


# ---- what belongs together -----------------------------------------------------------------------


def test_what_is_written_together_is_written_all_or_none(file):
    store = Store(file)

    def write_twice():
        with store.together():
            pipeline = store.insert("pipelines", name="p", description="")
            with store.together():
                add_version(store, pipeline, "v")
            add_version(store, pipeline, "v")

    with pytest.raises(AlreadyExists):
        write_twice()
    assert (store.rows("pipelines"), store.rows("versions")) == ([], [])
    with store.together():
        store.insert("pipelines", name="p", description="")
    assert len(store.rows("pipelines")) == 1


def test_a_run_that_begins_again_keeps_the_steps_that_had_succeeded(file):
    store = Store(file)
    run = add_run(store)
    store.save_nodes(run["id"], [{"id": "a"}, {"id": "b"}, {"id": "c"}])
    store.forget_nodes(run["id"], {"b"}, phase="Running")
    assert store.nodes(run["id"]) == [{"id": "b"}]
    assert store.get("runs", run["id"])["phase"] == "Running"


# ---- the files of a run --------------------------------------------------------------------------


def cached(run, maker):
    return {"id": run, "outputs": {"artifacts": [{"s3": {"key": f"artifacts/{maker}/n/x.tgz"}}]}}


def test_artifacts_stay_as_long_as_a_run_shows_them(file, tmp_path):
    store = Store(file)
    made, used = add_run(store, workflow_name="made"), add_run(store, workflow_name="used")
    store.save_nodes(made["id"], [cached("m", "made")])
    store.save_nodes(used["id"], [cached("u", "made")])
    for name in ("made", "used"):
        for kind in ("pods", "artifacts"):
            (tmp_path / kind / name).mkdir(parents=True)

    def left():
        return sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("[ap]*/*"))

    asyncio.run(delete(store, tmp_path, made["id"]))
    assert left() == ["artifacts/made", "artifacts/used", "pods/used"]
    asyncio.run(delete(store, tmp_path, used["id"]))
    assert left() == []
    asyncio.run(delete(store, tmp_path, "no such run"))


# ---- a database that has lost what it held -------------------------------------------------------


@pytest.mark.parametrize("size", [0, 100, 4096, 20_000])
def test_a_database_that_was_cut_is_refused_and_left_as_it_is(file, size):
    filled(file)
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(StoreError, match="It was left as it is"):
        Store(file)
    assert file.stat().st_size == size


def test_a_server_that_died_while_it_made_its_database_makes_it_anew(file):
    file.with_name(f"{file.name}.new").write_bytes(b"half")
    store = Store(file)
    assert [row["name"] for row in store.rows("experiments")] == ["Default"]
    assert sorted(path.name for path in file.parent.glob("*.new*")) == []


def test_what_dead_pods_left_is_swept_but_for_their_logs(file, tmp_path):
    store = Store(file)
    add_run(store, workflow_name="here")
    for name in ("here", "gone"):
        for part in ("tmp", "home"):
            (tmp_path / "pods" / name / "node" / part).mkdir(parents=True)
        (tmp_path / "pods" / name / "node" / "main.log").write_text("said")
    sweep(store, tmp_path)
    left = [path for path in (tmp_path / "pods").rglob("*") if path.is_file()]
    assert left == [tmp_path / "pods" / "here" / "node" / "main.log"]
    assert len(list((tmp_path / "pods").rglob("*"))) == 3


def test_deleting_frees_the_room_before_it_writes(file, tmp_path, monkeypatch):
    """On a full disk the row of the run needs the room of its files."""
    store = Store(file)
    run = add_run(store)
    artifact = tmp_path / "artifacts" / "w" / "file"
    artifact.parent.mkdir(parents=True)
    artifact.write_text("large")

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store, "delete", full)
    with pytest.raises(sqlite3.OperationalError):
        asyncio.run(delete(store, tmp_path, run["id"]))
    assert not artifact.exists()
    assert store.get("runs", run["id"])
