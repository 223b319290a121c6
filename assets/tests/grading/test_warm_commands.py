"""What a notebook starts without a shell: kfp's command line and localkfp's server, forked warm."""

from __future__ import annotations

import nbformat
import pytest
from workbook.grading.notebook.passage import Passage
from workbook.grading.sandbox import bubblewrap
from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.warm import IF_POSSIBLE, first_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    made = first_of(bubblewrap.lay_out(tmp_path_factory.mktemp("layout")), IF_POSSIBLE)
    yield made
    made.stop()


def texts(warm, *sources):
    """What each cell prints."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    passage = Passage(nbformat.v4.new_notebook(cells=cells), Limits())
    passage.run(warm.kernels)
    assert not passage.failures
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in cells]


def test_the_lines_of_a_command_are_those_that_the_shell_gives(warm):
    program = "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint(sys.argv[1:])"
    written = f"open('p.py', 'w').write({program!r}); word = 'x y'"
    _none, ours, shells, text = texts(
        warm,
        written,
        'lines = !python p.py "{word}"\nprint(type(lines).__name__, *sorted(lines), sep="|")',
        'lines = !python p.py "{word}" | cat\nprint(type(lines).__name__, *sorted(lines), sep="|")',
        'print(repr(get_ipython().getoutput("kfp --help", split=False)))',
    )
    assert ours == shells == "SList|['x y']|a|b\n"
    assert text.startswith("'Usage: kfp ")


WRITE_TO_ALL = """\
import os
for number in range(3, 20):
    try:
        os.write(number, {message!r})
    except OSError:
        pass"""


@pytest.mark.parametrize(
    "message",
    [
        b'{"reply": {"verdict": "right"}}\n',
        b'{"words": [], "folder": "/", "environment": {}, "stays": false}\n',
        b'{"words": ["kfp"], "folder": "/", "environment": {}, "stays": false}\n',  # no file
        b"no JSON\n[1]\n",
    ],
)
def test_what_a_cell_writes_to_every_channel_changes_no_cells_outputs(warm, message):
    cells = ["print('a')", "!python p.py", "print('b')"]
    forged = WRITE_TO_ALL.format(message=message)
    found = texts(warm, "open('p.py', 'w').write('print(7)')\nprint('w')", forged, *cells)
    assert found == ["w\n", "", "a\n", "7\n", "b\n"]


def test_what_cannot_be_run_is_one_line(warm):
    ends = "open('p.py', 'w').write('import sys; sys.exit([1])')"
    gone = "import os, psutil\nfor each in psutil.Process().children():\n    each.kill()"
    missing, *_nothing, odd, code, _killed, lost = texts(
        warm, "!python none.py", ends, "!python p.py", "print(_exit_code)", gone, "!python p.py"
    )
    assert missing == "python: can't open file 'none.py': No such file or directory\n"
    assert (odd, code) == ("[1]\n", "1\n")
    assert lost == "the process that runs command lines has ended: start anew\n"


def test_localkfps_server_is_forked_and_stays(warm):
    first, again, log, ended = texts(
        warm,
        "import localkfp, os, psutil\nurl = localkfp.start()\npid = localkfp.status().pid\n"
        "print('serve' in psutil.Process(pid).cmdline(), os.getpid() == pid)",
        "print(localkfp.start() == url, localkfp.status().pid == pid)",
        "print((localkfp.store.state_directory.state_directory() / 'server.log').read_text())",
        "print(localkfp.stop(), localkfp.status())",
    )
    assert first == "False False\n"
    assert again == "True True\n"
    assert "serves http://" in log
    assert ended == "True None\n"


def test_waiting_for_a_run_that_is_over_takes_no_five_seconds(warm):
    (said,) = texts(
        warm,
        "import kfp, time\nfrom types import SimpleNamespace as Made\n"
        "client = kfp.Client.__new__(kfp.Client)\n"
        "run = Made(run=Made(status='Succeeded'))\n"
        "client._run_api = Made(get_run=lambda run_id: run)\n"
        "slept, time.sleep = [], lambda seconds: slept.append(seconds)\n"
        "print(client.wait_for_run_completion('r', 60).run.status, slept)",
    )
    assert said == "Succeeded [0.2]\n"
