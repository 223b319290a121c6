"""The notebook server's kernel: what goes wrong while it is made is a sentence and a next step.
That it works is shown in the room of `test_three_doors.py`."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from workbook.kernel import environment
from workbook.kernel.doors import TOKEN_FILE
from workbook.paths import REPOSITORY
from workbook.start import KERNEL

FOLDER = REPOSITORY / "assets" / "notebook-server"


@pytest.fixture(scope="module")
def kernel():
    sys.path.insert(0, str(FOLDER))
    import kernel

    sys.path.remove(str(FOLDER))
    return kernel


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("JUPYTER_DATA_DIR", raising=False)
    return tmp_path


def test_it_knows_the_same_as_the_workbook(kernel):
    assert kernel.PYTHONS == environment.PYTHONS
    assert environment.KFP in kernel.WORKS
    assert KERNEL == {"name": kernel.ENVIRONMENT, "display_name": kernel.DISPLAY_NAME}


def test_no_room_in_home_is_said_before_anything_is_made(kernel, monkeypatch, home, capsys):
    usage = shutil.disk_usage(home)._replace(free=100_000_000)
    monkeypatch.setattr(kernel.shutil, "disk_usage", lambda folder: usage)
    assert kernel.main() == 2
    said = capsys.readouterr().err
    assert "has 100 MB free" in said
    assert "~/.cache/pip" in said
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("version", [(3, 9), (3, 13)])
def test_another_python_is_refused(kernel, version):
    with pytest.raises(kernel.KernelProblem, match=r"3.10, 3.11 or 3.12.*notebook image"):
        kernel.check_python(version)


def test_a_home_that_cannot_be_written_is_a_sentence(kernel, home):
    (home / ".local").write_text("in the way")
    with pytest.raises(kernel.KernelProblem, match=r"kernel.json can't be written: .*HOME"):
        kernel.register(home / "kfp-v1")


def test_a_command_that_fails_is_named(kernel):
    with pytest.raises(kernel.KernelProblem, match="`false` failed"):
        kernel.run(["false"])


def test_the_kernel_starts_the_environments_python(kernel, home):
    file = kernel.register(home / "kfp-v1")
    assert file == home / ".local/share/jupyter/kernels/kfp-v1/kernel.json"
    assert json.loads(file.read_text())["argv"][0] == f"{home}/kfp-v1/bin/python"


def test_an_environment_whose_python_is_gone_does_not_work(kernel, home):
    (home / "kfp-v1" / "bin").mkdir(parents=True)
    (home / "kfp-v1" / "bin" / "python").symlink_to("/opt/conda/bin/python3.10")
    assert not kernel.works(home / "kfp-v1")
    assert kernel.works(Path(sys.prefix))


def test_the_poddefault_puts_the_token_where_kfp_looks():
    default = yaml.safe_load((FOLDER / "access-ml-pipeline.yaml").read_text())
    (mount,) = default["spec"]["volumeMounts"]
    (source,) = default["spec"]["volumes"][0]["projected"]["sources"]
    place = f"{mount['mountPath']}/{source['serviceAccountToken']['path']}"
    assert place == TOKEN_FILE == default["spec"]["env"][0]["value"]
    assert source["serviceAccountToken"]["audience"] == "pipelines.kubeflow.org"
