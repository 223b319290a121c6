"""Every lesson through the doors that lead to a cluster, unchanged. localkfp's own door is the one
that nbval goes through. The cluster is a stand-in, `cluster.py`; the notebook server's Pod is a
room, `room.py`, in which the lesson runs by the kernel "KFP v1" beside a kfp 2."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from tests.support.cluster import Cluster
from tests.support.room import HOME, NAMESPACE, PREFIX, SERVICE, Room
from tests.support.stand_in import serving
from workbook.authoring.lessons import find_lessons
from workbook.exercises import EXERCISES
from workbook.paths import ASSETS, REPOSITORY

pytestmark = pytest.mark.slow

BINARIES = Path(sys.executable).parent
SUPPORT = ASSETS / "tests" / "support"
KERNEL = "kfp-v1"
DATABASE = "localkfp.sqlite"  # only a server makes it: the checks run Workflows without one
LESSONS = [lesson.file_name for lesson in find_lessons()]


def assert_well(file: Path, number: str) -> None:
    """Each check right, no error, nothing refused, no warning that a learner would see."""
    outputs = [
        (cell.id, output)
        for cell in nbformat.read(file, as_version=4).cells
        for output in cell.get("outputs", ())
    ]
    bad = [(i, o) for i, o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert bad == []
    text = "\n".join(
        str(o.get("text") or o.get("data", {}).get("text/plain", "")) for _i, o in outputs
    )
    assert "Unauthenticated" not in text
    for exercise_id in EXERCISES:
        if exercise_id.startswith(f"{number}-"):
            assert re.search(rf"^{exercise_id}  right$", text, re.MULTILINE), text[-3000:]


@pytest.fixture
def clean(monkeypatch):
    """Without what a test run sets for nbval's kernels."""
    for name in ("JPY_SESSION_NAME", "NB_PREFIX", "KF_PIPELINES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


# ---- a cluster by its address --------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_against_a_cluster_behind_a_prefix_that_asks_for_a_token(
    host, name, tmp_path, clean
):
    remembered = tmp_path / ".config" / "kfp" / "context.json"  # kfp's own place for a header
    remembered.parent.mkdir(parents=True)
    header = {
        "client_authentication_header_name": "Authorization",
        "client_authentication_header_value": "Bearer good",
    }
    remembered.write_text(json.dumps({"namespace": NAMESPACE, **header}))
    cluster = Cluster(host, "good", NAMESPACE, prefix="/pipeline")
    with serving(cluster) as address:
        environment = {
            **os.environ,
            "HOME": str(tmp_path),
            "KF_PIPELINES_ENDPOINT": f"{address}/pipeline",
            "LOCALKFP_HOME": str(tmp_path / "state"),
            "PATH": "/usr/bin:/bin",
        }
        command = [BINARIES / "papermill", REPOSITORY / "solutions" / name, "out.ipynb"]
        result = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
    assert result.returncode == 0, result.stderr[-3000:]
    assert_well(tmp_path / "out.ipynb", name[:2])
    assert cluster.refused == 0
    assert not (tmp_path / "state" / DATABASE).exists(), "it went to localkfp by itself"


# ---- the notebook server -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def room(tmp_path_factory, host) -> Iterator[Room]:
    """A notebook server with the workbook on its volume, before anything was done there."""
    if shutil.which("bwrap") is None:
        pytest.fail("bubblewrap is missing: apt-get install bubblewrap, as .ci/run does")
    made = Room(tmp_path_factory.mktemp("room"))
    made.furnish()
    ignored = shutil.ignore_patterns(".venv", ".git", "my-notebooks", "__pycache__", "*.egg-info")
    shutil.copytree(REPOSITORY, made.home / "workbook", ignore=ignored)
    service = [SUPPORT / "cluster.py", made.address, "8888", host, made.token, NAMESPACE]
    process = subprocess.Popen([sys.executable, *service])
    try:
        wait_for((made.address, 8888))
        yield made
    finally:
        process.kill()
        process.wait()


def wait_for(address: tuple[str, int]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            socket.create_connection(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nobody serves {address}")


def bootstrap(room: Room) -> subprocess.CompletedProcess[str]:
    return room.run("python", "workbook/assets/notebook-server/kernel.py")


@pytest.fixture(scope="module")
def furnished(room) -> Room:
    result = bootstrap(room)
    assert result.returncode == 0, result.stdout + result.stderr
    return room


def versions(room: Room) -> list[str]:
    """kfp's, of the base environment and of the workbook's."""
    code = "import kfp; print(kfp.__version__)"
    pythons = ("python", f"{HOME}/{KERNEL}/bin/python")
    return [room.run(python, "-c", code).stdout.strip() for python in pythons]


def test_the_kernel_stands_beside_the_servers_kfp_2_which_stays(furnished):
    assert versions(furnished) == ["2.16.1", "1.8.24"]
    kernels = furnished.run("python", "-m", "jupyter", "kernelspec", "list", "--json").stdout
    assert {"python3", KERNEL} <= json.loads(kernels)["kernelspecs"].keys()


def test_the_learners_copy_opens_with_that_kernel(furnished):
    copies = sorted((furnished.home / "workbook" / "my-notebooks").glob("[0-9]*.ipynb"))
    assert [copy.name for copy in copies] == LESSONS
    assert {nbformat.read(copy, 4).metadata.kernelspec.name for copy in copies} == {KERNEL}


def test_the_command_run_again_does_nothing(furnished):
    result = bootstrap(furnished)
    assert "is as it should be" in result.stdout, result.stdout + result.stderr


def test_the_doctor_is_content_there_and_names_what_it_found(furnished):
    result = furnished.run(f"{HOME}/{KERNEL}/bin/workbook", "doctor")
    assert result.returncode == 0, result.stdout + result.stderr
    assert SERVICE in result.stdout
    for line in (rf"namespace +ok +{NAMESPACE}", "credentials +ok +taken", "multi-user +ok +yes"):
        assert re.search(line, result.stdout), result.stdout
    assert not re.search(r"  problem  ", result.stdout)


def test_an_environment_whose_python_went_with_the_image_is_mended(furnished):
    python = furnished.home / KERNEL / "bin" / "python"
    python.unlink()
    python.symlink_to("/opt/conda/bin/python3.10")  # of the image before
    result = bootstrap(furnished)
    assert result.returncode == 0, result.stderr
    assert "doesn't work any more: made anew" in result.stdout
    assert versions(furnished) == ["2.16.1", "1.8.24"]


def test_a_token_that_ended_is_told_apart(furnished):
    good = furnished.token.read_text()
    other = furnished.top / "secrets/kubeflow/pipelines/other"
    other.write_text("e30.eyJleHAiOjF9.x")  # {"exp": 1}
    doctor = f"KF_PIPELINES_SA_TOKEN_PATH=/run/secrets/kubeflow/pipelines/other {HOME}/{KERNEL}"
    result = furnished.run("sh", "-c", f"{doctor}/bin/workbook doctor")
    assert furnished.token.read_text() == good
    assert result.returncode == 1
    assert re.search("credentials +problem +the token ended", result.stdout), result.stdout


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_in_a_notebook_server_by_its_own_kernel(furnished, name, clean):
    folder = furnished.home / "lessons" / name[:2]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(REPOSITORY / "solutions" / name, folder)
    # by the server's own Jupyter, as its JupyterLab does
    result = furnished.run(
        *("python", "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace"),
        f"--ExecutePreprocessor.kernel_name={KERNEL}",
        f"{HOME}/lessons/{name[:2]}/{name}",
    )
    assert result.returncode == 0, result.stderr[-3000:]
    assert_well(folder / name, name[:2])
    state = furnished.home / ".local" / "share" / "localkfp" / DATABASE
    assert not state.exists(), "it went to localkfp by itself"


def test_a_person_opens_a_lesson_in_the_notebook_servers_jupyterlab(furnished, clean):
    """With the base URL that Kubeflow gives it, and the kernel that the copy asks for."""
    pytest.importorskip("playwright.sync_api")
    from tests.support.chromium import launched
    from tests.support.jupyterlab import graphs, open_notebook, pictures, restart_and_run_all

    name = "01_concepts.ipynb"
    # Cells off the screen would not be in the document.
    settings = furnished.home / ".jupyter/lab/user-settings/@jupyterlab/notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["python", "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    command += [f"--ServerApp.base_url={PREFIX}", f"--ServerApp.root_dir={HOME}"]
    command += ["--IdentityProvider.token="]
    process = subprocess.Popen(
        furnished.command(*command),
        env=furnished.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(("127.0.0.1", port))
        with launched() as browser:
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            page.set_default_timeout(60_000)
            address = f"http://127.0.0.1:{port}{PREFIX}"
            open_notebook(page, address, f"workbook/my-notebooks/{name}")
            page.get_by_role("button", name="KFP v1").first.wait_for()
            page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']")
            restart_and_run_all(page)
            page.wait_for_function(
                "all => document.querySelectorAll(\".jp-OutputArea img[src^='data:image/svg']\")"
                ".length >= all",
                arg=graphs(f"notebooks/{name}"),
                timeout=240_000,
            )
            assert all(picture["drawn"] for picture in pictures(page))
            seen = page.inner_text(".jp-Notebook")
            assert "Kubeflow Pipelines of this notebook server, with its token" in seen
            for kind in ("error", "stderr"):
                assert page.locator(f'[data-mime-type$="jupyter.{kind}"]').count() == 0
    finally:
        process.kill()
        process.wait()
