"""packages_to_install: an environment for each list, paid for once, seen by nobody else."""

from __future__ import annotations

import subprocess
import zipfile

import localkfp
import pytest
from kfp.components import create_component_from_func
from localkfp.pods import packages
from localkfp.workflow.model import Container
from workbook.kernel.answers import compile_pipeline


def version_of_gift() -> str:
    import gift

    return gift.VERSION


@pytest.fixture
def wheel(tmp_path):
    """A package that nobody else has, as a file: pip needs no network for it."""
    file = tmp_path / "gift-1.0-py3-none-any.whl"
    info = "gift-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("gift.py", "VERSION = 'one'\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: gift\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", f"gift.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n")
    return str(file)


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("LOCALKFP_HOME", str(tmp_path_factory.mktemp("state")))


def test_what_is_asked_for_is_read_off_the_command():
    command = "(PIP_X=1 python3 -m pip install --quiet --no-warn-script-location 'a==1' 'b[c]>2')"
    containers = [Container("image", ("sh", "-c", command)), Container("image", ("python3",))]
    assert packages.asked_for(containers) == ("a==1", "b[c]>2")
    assert packages.asked_for(containers[1:]) == ()


def test_a_name_with_an_apostrophe_is_in_double_quotes():
    """As kfp writes it, by repr()."""
    names = ("a; python_version < '3.11'", "b")
    pip = "python3 -m pip install --quiet --no-warn-script-location " + " ".join(map(repr, names))
    command = ("sh", "-c", f'({pip} || {pip} --user) && "$0" "$@"')
    assert packages.asked_for([Container("image", command)]) == names


@pytest.mark.slow
def test_an_environment_is_made_once_for_a_list(wheel, tmp_path):
    first = packages.environment(tmp_path, [wheel])
    before = (first.parent / ".complete").stat().st_mtime_ns
    assert packages.environment(tmp_path, [wheel]) == first
    assert (first.parent / ".complete").stat().st_mtime_ns == before
    assert packages.environment(tmp_path, []) != first
    import_it = [first / "python3", "-c", "import gift; print(gift.VERSION)"]
    assert subprocess.run(import_it, capture_output=True, text=True).stdout == "one\n"


def test_a_pod_without_the_list_does_not_see_the_package(wheel):
    component = create_component_from_func(version_of_gift)
    failed = localkfp.run(localkfp.load(compile_pipeline(lambda: component() and None)))
    assert failed.phase == "Failed"
    assert "No module named 'gift'" in failed.logs["version-of-gift"]
