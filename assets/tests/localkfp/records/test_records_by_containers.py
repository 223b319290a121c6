"""The records whose question is the image's, on a localkfp whose pods are containers of Podman."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import localkfp
import pytest
from tests.support import images
from tests.support.records.book import records
from tests.support.records.differences import differences
from tests.support.records.play import Player

pytestmark = pytest.mark.slow

SECONDS = 300
STORE = re.compile(r"workflow\.artifactRepositoryRef\..*endpoint")  # the cluster's own MinIO
EQUAL = (
    "b33_file_mode",
    "b24_output_base_image",
    "b43_working_dir",
    "d06_command_not_found",
    "d07_command_not_executable",
    "d14_init",
    "d16_init_volume",
    "d17_emptydir",
    "d57_security",
    "d77_same_tmp",
)
# record -> why it differs, the places where it does, what is there instead
OTHERWISE = {
    "b22_input_dir_existing": (
        "There the folder of an input is mounted over /tmp, and the Pod never gets to its end; "
        "here it is copied into the container.",
        r"api\.status|log .*|node .*|run\.history|terminated|workflow\.(phase|progress)",
        {"workflow.phase": "Succeeded"},
    ),
    "b41_cwd_write": (
        "The tests' image has the Python of this machine, and its sh by another name.",
        r"log .*",
        {},
    ),
    "b42_env_names": (
        "Kubernetes and Argo put variables of their own into each container.",
        r"log .*",
        {},
    ),
    "b44_fs": ("The tests' image has no /var/run, where there Argo's folder lies.", r"log .*", {}),
    "d58_readonly_container": (
        "There the Pod waits for ever with this message, and the record's run was terminated; here "
        "the step ends with it, if it has come so far by then.",
        r"(api|before|node|run|terminated?|workflow)\b.*",
        {},
    ),
    "d61_background": (
        "A container ends with its program. There the program is a child of Argo's emissary, which "
        "waits for whoever holds the log.",
        r"log .*",
        {"log WF.a": "main done\n"},
    ),
}


# beside them, so many that ran there, of every kind: what a process does right, a container does
BOTH_WAYS = [
    name
    for name, record in records().items()
    if record.answer["run"]["ok"] and name not in (*EQUAL, *OTHERWISE)
][::6]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The future differences of each record, by its name."""
    images.make()
    folder = tmp_path_factory.mktemp("containers")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOCALKFP_HOME", str(folder / "home"))
        environment.setenv("LOCALKFP_PODS", "containers")
        try:
            player = Player(localkfp.start(), folder)

            def play(name):
                return differences(records()[name], player.play(records()[name]))

            names = (*EQUAL, *OTHERWISE, *BOTH_WAYS)
            with ThreadPoolExecutor(4) as pool:
                yield {name: pool.submit(play, name) for name in names}
                pool.shutdown(cancel_futures=True)
        finally:
            localkfp.stop()


@pytest.mark.parametrize("name", EQUAL)
def test_a_container_answers_as_the_cluster_did(name, found):
    assert here(found[name]) == {}


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_containers_and_processes_give_the_same(name, found):
    """Both give what the cluster gave, but for what is meant (`test_records`)."""
    assert [str(d) for d in found[name].result(SECONDS) if not d.meant] == []


def here(future):
    """Place -> what is there instead of the cluster's."""
    found = future.result(SECONDS)
    return {d.place: d.here for d in found if not STORE.fullmatch(d.place)}


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_differs_does_so_for_a_reason_and_nowhere_else(name, found):
    why, places, instead = OTHERWISE[name]
    differs = here(found[name])
    assert differs, f"{name} is equal now: {why}"
    assert [place for place in differs if not re.fullmatch(places, place, re.S)] == []
    assert {place: differs.get(place) for place in instead} == instead
