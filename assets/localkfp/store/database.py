"""What must outlive the process: pipelines, versions, experiments, runs and nodes, in SQLite.

Rows come and go as plain dicts. A method returns after its transaction is committed; the journal is
a write-ahead log, so what was answered is there after a `kill -9`.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from localkfp.clock import now, sequence
from localkfp.errors import AlreadyExists, StoreError
from localkfp.store import listing
from localkfp.store.listing import Condition, Order, Page

SCHEMA = """
CREATE TABLE pipelines (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL,
  created_at TEXT NOT NULL, default_version TEXT, seq INTEGER NOT NULL
);
CREATE TABLE versions (
  id TEXT PRIMARY KEY, pipeline_id TEXT NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
  name TEXT NOT NULL, description TEXT NOT NULL, created_at TEXT NOT NULL,
  template TEXT NOT NULL, parameters TEXT NOT NULL, seq INTEGER NOT NULL,
  UNIQUE (pipeline_id, name)
);
CREATE TABLE experiments (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL,
  created_at TEXT NOT NULL, archived INTEGER NOT NULL DEFAULT 0, seq INTEGER NOT NULL
);
CREATE TABLE runs (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, service_account TEXT NOT NULL,
  experiment_id TEXT NOT NULL, version_id TEXT, pipeline_id TEXT,
  workflow_name TEXT NOT NULL, manifest TEXT NOT NULL, parameters TEXT NOT NULL,
  created_at TEXT NOT NULL, started_at TEXT, finished_at TEXT,
  phase TEXT NOT NULL, message TEXT NOT NULL, archived INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL
);
CREATE TABLE nodes (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, id TEXT NOT NULL,
  seq INTEGER NOT NULL, status TEXT NOT NULL, PRIMARY KEY (run_id, id)
);
"""
EXECUTIONS = """
CREATE TABLE executions (
  cache_key TEXT PRIMARY KEY, created INTEGER NOT NULL, max_age REAL, outcome TEXT NOT NULL
);
"""
# What was asked for stays so, whatever is deleted later: `spec` and `refs` of a run are JSON of its
# pipeline (id, name, parameters) and of its references.
AS_ASKED = """
ALTER TABLE pipelines ADD COLUMN parameters TEXT NOT NULL DEFAULT '[]';
ALTER TABLE versions ADD COLUMN code_source_url TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN spec TEXT NOT NULL DEFAULT '{}';
ALTER TABLE runs ADD COLUMN refs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE runs ADD COLUMN terminating INTEGER NOT NULL DEFAULT 0;
CREATE TABLE metrics (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, node_id TEXT NOT NULL,
  name TEXT NOT NULL, number_value REAL NOT NULL, format TEXT NOT NULL,
  PRIMARY KEY (run_id, node_id, name)
);
UPDATE pipelines SET parameters = coalesce(
  (SELECT parameters FROM versions WHERE versions.id = default_version), '[]'
);
UPDATE runs SET
  spec = json_object('parameters', json(coalesce(
    (SELECT json_group_array(json_object('name', key, 'value', value)) FROM json_each(parameters)),
    '[]'
  ))),
  refs = CASE WHEN version_id IS NULL THEN json_array(json_object(
    'type', 'EXPERIMENT', 'id', experiment_id, 'relationship', 'OWNER',
    'name', coalesce((SELECT name FROM experiments WHERE id = experiment_id), '')
  )) ELSE json_array(json_object(
    'type', 'EXPERIMENT', 'id', experiment_id, 'relationship', 'OWNER',
    'name', coalesce((SELECT name FROM experiments WHERE id = experiment_id), '')
  ), json_object(
    'type', 'PIPELINE_VERSION', 'id', version_id, 'relationship', 'CREATOR',
    'name', coalesce((SELECT name FROM versions WHERE id = version_id), '')
  )) END;
"""
# `last` and `next_due` are seconds since 1970, `last` of the time for which a run was made last
JOBS = """
CREATE TABLE jobs (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, service_account TEXT NOT NULL,
  experiment_id TEXT NOT NULL, manifest TEXT NOT NULL, spec TEXT NOT NULL, refs TEXT NOT NULL,
  trigger TEXT NOT NULL, max_concurrency INTEGER NOT NULL, no_catchup INTEGER NOT NULL,
  enabled INTEGER NOT NULL, status TEXT NOT NULL, workflow_name TEXT NOT NULL,
  created INTEGER NOT NULL, last INTEGER, last_index INTEGER NOT NULL DEFAULT 0, next_due INTEGER,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, seq INTEGER NOT NULL
);
CREATE INDEX due_jobs ON jobs (enabled, next_due);
ALTER TABLE runs ADD COLUMN job_id TEXT;
ALTER TABLE runs ADD COLUMN scheduled_at TEXT;
CREATE INDEX runs_of_jobs ON runs (job_id, finished_at);
"""
BY_WORKFLOW = "CREATE INDEX runs_by_workflow ON runs (workflow_name);"
# A list of runs is read from this index alone: the rows are long, with their manifests.
LISTS = """
CREATE INDEX run_list ON runs (
  created_at, seq, id, name, description, scheduled_at, archived, phase, terminating, experiment_id,
  refs
);
CREATE INDEX open_runs ON runs (seq) WHERE phase IN ('', 'Pending', 'Running');
"""
# step n makes a database of version n one of version n + 1
STEPS = (SCHEMA, EXECUTIONS, AS_ASKED, JOBS, BY_WORKFLOW, LISTS)
SCHEMA_VERSION = len(STEPS)
BUSY_MILLISECONDS = 50  # for as long another program may write
DEFAULT_EXPERIMENT = "Default"
DEFAULT_DESCRIPTION = "All runs created without specifying an experiment will be grouped here."


class Store:
    def __init__(self, file: Path) -> None:
        """Open the database, or make it. Raises StoreError, and touches nothing, when it can't."""
        try:
            if not file.exists():
                _make(file)
            elif not file.stat().st_size:  # one that is being made has another name
                raise sqlite3.DatabaseError("it is empty, so what it held is lost")
            self._connection = _open(file)
            self.default_experiment()
            # from now on the server waits for nobody: who asks is told that the database is locked
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{file} can't be used as localkfp's database: {error}. It was left as it is: "
                "make it writable, move it away, or choose another LOCALKFP_HOME."
            ) from None

    def default_experiment(self) -> dict[str, Any]:
        """The experiment of the runs that name none; made when it isn't there."""
        found = self.rows("experiments", name=DEFAULT_EXPERIMENT)
        return (
            found[0]
            if found
            else self.insert(
                "experiments", name=DEFAULT_EXPERIMENT, description=DEFAULT_DESCRIPTION
            )
        )

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written inside is written all or none; in another such block, with that."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.OperationalError):  # a full disk has ended it by itself
                self._connection.execute("ROLLBACK")
            raise

    def insert(self, table: str, **values: Any) -> dict[str, Any]:
        """Add a row with an id of its own (unless given) and the time of creation; returns it."""
        row = {"id": str(uuid.uuid4()), "created_at": now(), "seq": sequence(), **values}
        marks = ", ".join("?" * len(row))
        try:
            self._connection.execute(
                f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values())
            )
        except sqlite3.IntegrityError:
            raise AlreadyExists(f"The name {values.get('name')} already exists.") from None
        return self.get(table, row["id"]) or row

    def get(self, table: str, row_id: str) -> dict[str, Any] | None:
        found = self.rows(table, id=row_id)
        return found[0] if found else None

    def rows(self, table: str, **equal: Any) -> list[dict[str, Any]]:
        """The rows in which every given column has the given value, oldest first."""
        where = " AND ".join(f"{column} = ?" for column in equal)
        query = f"SELECT * FROM {table} {'WHERE ' + where if where else ''} ORDER BY seq"
        return [dict(row) for row in self._connection.execute(query, tuple(equal.values()))]

    def page(
        self,
        table: str,
        wanted: Condition,
        order: Order,
        size: int,
        metric: Mapping[str, float] | None = None,
    ) -> Page:
        """One page of a table, as `listing.page` reads it."""
        return listing.page(self._connection, table, wanted, order, size, metric)

    def open_runs(self) -> list[dict[str, Any]]:
        """The runs that have not ended, oldest first."""
        query = "SELECT * FROM runs WHERE phase IN ('', 'Pending', 'Running') ORDER BY seq"
        return [dict(row) for row in self._connection.execute(query)]

    def archive_runs(self, experiment_id: str) -> None:
        self._connection.execute(
            "UPDATE runs SET archived = 1 WHERE experiment_id = ?", (experiment_id,)
        )

    def update(self, table: str, row_id: str, **values: Any) -> None:
        columns = ", ".join(f"{column} = ?" for column in values)
        self._connection.execute(
            f"UPDATE {table} SET {columns} WHERE id = ?", (*values.values(), row_id)
        )

    def delete(self, table: str, row_id: str) -> None:
        self._connection.execute(f"DELETE FROM {table} WHERE id = ?", (row_id,))

    def save_nodes(self, run_id: str, nodes: Iterable[Mapping[str, Any]], **run: Any) -> None:
        """Write nodes (of `status.node_status`) and columns of their run, all or none."""
        with self.together():
            self._connection.executemany(
                "INSERT INTO nodes (run_id, id, seq, status) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (run_id, id) DO UPDATE SET status = excluded.status",
                [(run_id, node["id"], sequence(), json.dumps(node)) for node in nodes],
            )
            if run:
                self.update("runs", run_id, **run)

    def forget_nodes(self, run_id: str, kept: Container[str] = (), **run: Any) -> None:
        """Remove the nodes of a run that begins again, but for `kept` (by their ids), and set
        columns of it, all or none."""
        ids = [row["id"] for row in self.rows("nodes", run_id=run_id)]
        gone = [(run_id, node_id) for node_id in ids if node_id not in kept]
        with self.together():
            self._connection.executemany("DELETE FROM nodes WHERE run_id = ? AND id = ?", gone)
            self.update("runs", run_id, **run)

    def execution(self, cache_key: str) -> dict[str, Any] | None:
        row = self._connection.execute(
            "SELECT * FROM executions WHERE cache_key = ?", (cache_key,)
        ).fetchone()
        return dict(row) if row else None

    def keep_execution(
        self, cache_key: str, created: int, max_age: float | None, outcome: str
    ) -> None:
        """The latest of a key counts. `created` is in seconds since 1970, `max_age` in seconds."""
        self._connection.execute(
            "INSERT OR REPLACE INTO executions VALUES (?, ?, ?, ?)",
            (cache_key, created, max_age, outcome),
        )

    def add_metric(
        self, run_id: str, node_id: str, name: str, number_value: float, form: str
    ) -> bool:
        """Whether the metric is new: the first report of a name counts."""
        cursor = self._connection.execute(
            "INSERT OR IGNORE INTO metrics VALUES (?, ?, ?, ?, ?)",
            (run_id, node_id, name, number_value, form),
        )
        return cursor.rowcount == 1

    def metrics(self, run_id: str) -> list[dict[str, Any]]:
        """Those that were reported, as ApiRunMetric, by node and name."""
        rows = self._connection.execute(
            "SELECT node_id, name, number_value, format FROM metrics WHERE run_id = ? "
            "ORDER BY node_id, name COLLATE NOCASE",
            (run_id,),
        )
        return [dict(row) for row in rows]

    def named(self, table: str, name: str, **equal: Any) -> list[dict[str, Any]]:
        """The rows of this name, without regard to the case of its (Latin) letters."""
        where = " AND ".join(["name = ? COLLATE NOCASE", *(f"{column} = ?" for column in equal)])
        query = f"SELECT * FROM {table} WHERE {where}"
        return [dict(row) for row in self._connection.execute(query, (name, *equal.values()))]

    def due_jobs(self, moment: int, most: int) -> list[dict[str, Any]]:
        """Enabled jobs of which a run is due by a moment (seconds since 1970), longest due first,
        that have room for another run in progress."""
        query = (
            "SELECT * FROM jobs WHERE enabled AND next_due <= ? AND max_concurrency > "
            "(SELECT count(*) FROM runs WHERE job_id = jobs.id AND finished_at IS NULL) "
            "ORDER BY next_due, seq LIMIT ?"
        )
        return [dict(row) for row in self._connection.execute(query, (moment, most))]

    def follow_jobs(self) -> None:
        """The status of a job follows what was last asked of it."""
        self._connection.execute(
            "UPDATE jobs SET status = iif(enabled, 'Enabled', 'Disabled'), updated_at = ? "
            "WHERE status != iif(enabled, 'Enabled', 'Disabled')",
            (now(),),
        )

    def nodes(self, run_id: str) -> list[dict[str, Any]]:
        rows = self._connection.execute(
            "SELECT status FROM nodes WHERE run_id = ? ORDER BY seq, rowid", (run_id,)
        )
        return [json.loads(row["status"]) for row in rows]

    def run_of(self, node_id: str) -> str | None:
        """The id of the run that a node is of."""
        query = "SELECT run_id FROM nodes WHERE id = ?"
        row = self._connection.execute(query, (node_id,)).fetchone()
        return str(row["run_id"]) if row else None

    def runs_with(self, artifact: str) -> list[str]:
        """The ids of the runs that were told a metric, or have an output of this name."""
        query = "SELECT run_id FROM metrics UNION SELECT run_id FROM nodes WHERE instr(status, ?)"
        return [row["run_id"] for row in self._connection.execute(query, (f'"{artifact}"',))]

    def node_texts(self, run_id: str) -> list[str]:
        """The nodes of a run as they are kept, JSON not read."""
        rows = self._connection.execute("SELECT status FROM nodes WHERE run_id = ?", (run_id,))
        return [row["status"] for row in rows]

    def names(self, workflow_name: str) -> bool:
        """Whether a run or a job has this name, or a run of a job's has a name made of it."""
        query = (
            "SELECT 1 FROM runs WHERE workflow_name = ?1 "
            "UNION ALL SELECT 1 FROM runs WHERE workflow_name > ?1 || '-' "
            "AND workflow_name < ?1 || '.' "  # the character that follows the hyphen
            "UNION ALL SELECT 1 FROM jobs WHERE workflow_name = ?1 LIMIT 1"
        )
        return self._connection.execute(query, (workflow_name,)).fetchone() is not None

    def shows(self, workflow_name: str, besides: str = "") -> bool:
        """Whether a run is this Workflow's, or has a node that names an artifact of it; `besides`:
        the id of a run that doesn't count."""
        query = (
            "SELECT 1 FROM runs WHERE workflow_name = ?1 AND id != ?3 "
            "UNION ALL SELECT 1 FROM nodes WHERE instr(status, ?2) AND run_id != ?3 LIMIT 1"
        )
        values = (workflow_name, f'"artifacts/{workflow_name}/', besides)
        return self._connection.execute(query, values).fetchone() is not None


def _make(file: Path) -> None:
    """A new database appears whole: what is empty under its name has lost what it held."""
    draft = file.with_name(f"{file.name}.new")
    for part in (draft, *(draft.with_name(f"{draft.name}-{end}") for end in ("wal", "shm"))):
        part.unlink(missing_ok=True)  # of a server that died while it made one
    _open(draft).close()  # which leaves one file
    draft.rename(file)


def _open(file: Path) -> sqlite3.Connection:
    """A database of this schema: of an older one, it is brought to it."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.row_factory = sqlite3.Row
    listing.prepare(connection)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (damage,) = connection.execute("PRAGMA quick_check (1)").fetchone()
    if damage != "ok":
        raise sqlite3.DatabaseError("it is damaged")
    if version not in range(SCHEMA_VERSION + 1):
        raise StoreError(
            f"{file} was written by another version of localkfp (schema {version}, this "
            f"one reads {SCHEMA_VERSION}). Choose another LOCALKFP_HOME, or move it away."
        )
    # FULL: what was answered outlives a power loss, too; 0.3 ms for each answer (95 in 100 below 2)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    if version < SCHEMA_VERSION:
        steps = "".join(STEPS[version:])
        connection.executescript(f"BEGIN; {steps} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT")
    return connection
