"""What the dashboard's pages are made from: functions over data."""

from __future__ import annotations

import io
import json
import tarfile

import pytest
from localkfp.dashboard import markup
from localkfp.dashboard.links import address
from localkfp.dashboard.pages.run import progress, verbs
from localkfp.dashboard.views import preview
from localkfp.dashboard.views.code import client_code, template_code
from localkfp.dashboard.views.content import declared_types, peek, stored_at
from localkfp.dashboard.views.folding import simplified
from localkfp.dashboard.views.markdown import markdown
from localkfp.dashboard.views.parameters import wrong_value
from localkfp.dashboard.views.picture import picture
from localkfp.dashboard.views.step import Log, is_cached, read_log, step_view
from localkfp.drawing.graph import read_graph
from tests.support.drawings import run as drawn_run
from tests.support.drawings import task, workflow

# ---- markup --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("<b>", "&lt;b&gt;"),
        ("\"'&", "&quot;&#x27;&amp;"),
        ("a\x00\x1b\ud800b", "a\N{REPLACEMENT CHARACTER}\ufffd\ufffdb"),
        (b"\xff", "\N{REPLACEMENT CHARACTER}"),
        (5, "5"),
    ],
)
def test_text_is_escaped(value, written):
    assert markup.text(value) == written


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z", "0:00:09"),
        ("2026-01-01T00:00:00Z", "2026-01-02T01:02:03Z", "25:02:03"),
        ("2026-01-01T00:00:05Z", "2026-01-01T00:00:00Z", "0:00:00"),
        ("2026-01-01T00:00:00Z", None, "-"),
        (None, None, "-"),
    ],
)
def test_a_duration_is_written_as_the_web_front_end_does(start, end, words):
    assert markup.duration(start, end) == words


def test_a_time_says_that_it_is_utc():
    assert ">2026-01-02 03:04:05 UTC</time>" in markup.moment("2026-01-02T03:04:05Z")


@pytest.mark.parametrize("word", ["Succeeded", "Failed", "Running", "Skipped", "<Unheard>", ""])
def test_a_phase_has_a_colour_a_shape_and_a_word(word):
    html = markup.phase(word)
    assert 'class="phase phase-' in html
    assert "<svg" in html
    assert html.endswith(f"</svg>{markup.text(word or 'not started')}</span>")


def test_an_address_leaves_out_what_is_empty():
    assert address("/runs", q="a b&c", experiment="") == "/runs?q=a+b%26c"
    assert address("/runs", q="") == "/runs"


# ---- artifacts -----------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n....\0"


@pytest.mark.parametrize(
    ("name", "declared", "data", "kind"),
    [
        ("out", "", b"plain", "text"),
        ("out", "", b"", "text"),
        ("out", "", "\N{HANGUL SYLLABLE HAN}".encode(), "text"),
        ("out", "", b"\xff\xfe", "binary"),
        ("out", "", b"a\0b", "binary"),
        ("out", "", PNG, "image"),
        ("out", "", b"\xff\xd8\xff\xe0", "image"),
        ("out", "", b'<?xml version="1.0"?>\n<svg onload="x">', "image"),
        ("out", "", b"<!-- c --> <svg>", "image"),
        ("out", "", b"<svgx>", "text"),
        ("out", "CSV", b"a,b\n1,2\n", "table"),
        ("train-csv", "", b"a,b\n1,2\n", "table"),
        ("csvs", "", b"a,b\n1,2\n", "text"),
        ("out", "TSV", b"a\tb\n1\t2\n", "table"),
        ("out", "Markdown", b"# a", "markdown"),
        ("report-md", "", b"# a", "markdown"),
        ("out", "CSV", b"", "text"),
    ],
)
def test_an_artifact_is_shown_as_what_it_is(name, declared, data, kind):
    assert preview.look(name, declared, data, len(data)).kind == kind


def test_a_preview_says_how_much_it_leaves_out():
    cut = "\N{HANGUL SYLLABLE HAN}".encode() * 10
    look = preview.look("out", "", cut[:-1], 1_000_000)  # cut within a character
    assert look.text == "\N{HANGUL SYLLABLE HAN}" * 9
    assert look.note == "The first 29 of 1,000,000 bytes."
    rows = "\n".join(f"{n},x" for n in range(2_000)).encode()
    table = preview.look("out", "CSV", rows, len(rows))
    assert len(table.rows) == preview.MAX_ROWS
    assert table.note == "The first 1,000 rows."
    wide = ",".join("abc" * 50).encode()
    assert len(preview.look("out", "CSV", wide, len(wide)).header) == preview.MAX_COLUMNS


def test_rows_of_other_lengths_are_filled():
    table = preview.table("a,b\n1\n1,2,3\n", ",", True)
    assert table.header == ("a", "b", "")
    assert table.rows == (("1", "", ""), ("1", "2", "3"))


@pytest.mark.parametrize(
    "text",
    [
        "<script>x</script>",
        "a <img src=x onerror=y> b",
        "[a](javascript:x)",
        "![a](javascript:x)",
        "<javascript:x>",
        "[a](data:text/html;base64,xx)",
        "```\n<b>\n```",
        '[a](http://x "\\"><script>")',
        ">" * 3000 + "<script>",
    ],
)
def test_markdown_runs_nothing(text):
    html = markdown(text)
    for bad in (
        "<script",
        "<img src=x",
        'href="javascript',
        'src="javascript',
        'href="data',
        "<b>",
    ):
        assert bad not in html


def test_markdown_is_rendered_without_headings_of_the_page():
    html = markdown("# Title\n\n|a|b|\n|-|-|\n|1|2|\n\n**bold**")
    assert '<p class="heading heading-1">Title</p>' in html
    assert "<td>1</td>" in html
    assert "<strong>bold</strong>" in html


def ui_metadata(*outputs):
    return json.dumps({"outputs": outputs}).encode()


def inline(kind, source, **more):
    return {"type": kind, "storage": "inline", "source": source, **more}


def kept(kind, source, **more):
    return {"type": kind, "storage": "minio", "source": source, **more}


STORED = {"minio://mlpipeline/artifacts/a.tgz": b"1,2\n3,4\n"}
AXES = [{"name": name} for name in ("target", "predicted", "count")]


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        (inline("markdown", "# a"), "markdown"),
        (inline("table", "1,2\n", format="csv", header=["a", "b"]), "table"),
        (inline("web-app", "<b>"), "app"),
        (inline("roc", "0,0\n", schema=[{"name": "fpr"}, {"name": "tpr"}]), "table"),
        (inline("confusion_matrix", "a,b,1\n", schema=["x"]), "table"),
        (inline("roc", "0,0\n1,1\n", schema=[{"name": "fpr"}, {"name": "tpr"}]), "chart"),
        (inline("roc", "0,0\n2,1\n", schema=[{"name": "fpr"}, {"name": "tpr"}]), "table"),
        (inline("confusion_matrix", "a,b,1\n", schema=AXES, labels=["a", "b"]), "chart"),
        (inline("confusion_matrix", "a,b,many\n", schema=AXES), "table"),
        (inline("tensorboard", "x"), "note"),
        ({"type": "markdown", "source": "gs://bucket/x"}, "note"),
        ({}, "note"),
        (inline("table", None, header="x"), "table"),
        (kept("table", "minio://mlpipeline/artifacts/a.tgz", header=["a", "b"]), "table"),
        (kept("web-app", "minio://mlpipeline/artifacts/a.tgz"), "app"),
        (kept("markdown", "minio://mlpipeline/artifacts/none.tgz"), "note"),
    ],
)
def test_an_output_of_the_viewers_is_shown(output, kind):
    (look,) = preview.visualizations(ui_metadata(output), STORED.get)
    assert look.kind == kind


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"outputs": 1}', b'{"outputs": [1]}', b"\xff"]
)
def test_metadata_that_make_no_sense_are_said_to(data):
    (look,) = preview.visualizations(data, STORED.get)
    assert (look.kind, "is not JSON" in look.note) == ("note", True)
    assert preview.metrics(data).kind == "note"


def test_metrics_are_a_table():
    entries = [
        {"name": "accuracy", "numberValue": 0.5, "format": "PERCENTAGE"},
        {"name": "loss", "numberValue": 2, "format": "RAW"},
        {},
    ]
    look = preview.metrics(json.dumps({"metrics": entries}).encode())
    assert look.rows == (("accuracy", "50.000%"), ("loss", "2"), ("", "None"))


def test_only_an_html_output_is_given_to_a_frame():
    data = ui_metadata(inline("markdown", "<a>"), inline("web-app", "<b>"))
    numbers = ["0", "1", "2", "-1", "x", ""]
    assert [preview.app_source(data, n, STORED.get) for n in numbers] == ["", "<b>", "", "", "", ""]


def test_what_lies_in_the_store_is_found_and_nothing_beside_it(tmp_path):
    folder = tmp_path / "artifacts"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    (folder / "plain").write_text("here")
    (folder / "broken.tgz").write_text("no tar")
    found = [
        stored_at(tmp_path, f"{start}/{key}")
        for start in ("minio://mlpipeline", "minio://other", "s3://mlpipeline", "/mlpipeline")
        for key in ("artifacts/plain", "artifacts/broken.tgz", "artifacts/../secret", "secret")
    ]
    assert [data for data in found if data is not None] == [b"here"]


def test_the_beginning_of_an_artifact_is_read_from_its_tar(tmp_path):
    def stored(name, *members):
        with tarfile.open(tmp_path / name, "w:gz") as archive:
            for member, content in members:
                info = tarfile.TarInfo(member)
                info.size = len(content or b"")
                info.type = tarfile.REGTYPE if content is not None else tarfile.DIRTYPE
                archive.addfile(info, io.BytesIO(content or b""))
        return tmp_path / name

    one = peek(stored("one.tgz", ("data", b"12345")), 3)
    assert (one.size, one.head, one.error) == (5, b"123", "")
    folder = peek(stored("folder.tgz", ("d", None), ("d/a", b"1")))
    assert folder.entries == ("d", "d/a")
    (tmp_path / "bad.tgz").write_bytes(b"no tar")
    assert "can't be read" in peek(tmp_path / "bad.tgz").error
    assert "not in" in peek(tmp_path / "none.tgz").error.replace("isn't", "is not")
    (tmp_path / "main.log").write_bytes(b"log")
    assert peek(tmp_path / "main.log").head == b"log"


def test_the_types_of_outputs_come_from_their_components():
    spec = {"outputs": [{"name": "my table", "type": "CSV"}, {"name": "b", "type": {"x": 1}}]}
    templates = [
        {"name": "make", "metadata": {"annotations": {"pipelines.kubeflow.org/component_spec": t}}}
        for t in (json.dumps(spec), "{", "[]", '{"outputs": [1]}')
    ]
    assert declared_types({"spec": {"templates": templates}}) == {"make-my-table": "CSV"}


# ---- steps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "kind", "phase", "cached"),
    [
        ("artifacts/w/w-1/out.tgz", "Pod", "Succeeded", False),
        ("artifacts/v/v-1/out.tgz", "Pod", "Succeeded", True),
        ("artifacts/v/v-1/out.tgz", "DAG", "Succeeded", False),
        ("artifacts/v/v-1/out.tgz", "Pod", "Failed", False),
    ],
)
def test_a_step_is_cached_when_its_outputs_lie_elsewhere(key, kind, phase, cached):
    outputs = {"artifacts": [{"name": "out", "s3": {"key": key}}, {"name": "raw"}]}
    assert is_cached({"id": "w-1", "type": kind, "phase": phase, "outputs": outputs}) == cached


def test_the_end_of_a_log_begins_with_a_line(tmp_path):
    file = tmp_path / "main.log"
    file.write_text("first\nsecond\n\x1b[31mthird\x1b[0m\n")
    assert read_log(file).text == "first\nsecond\nthird\n"
    log = read_log(file, shown=20)
    assert (log.text, log.skipped, log.size) == ("third\n", 13, 28)
    assert read_log(tmp_path / "none").size == 0


def test_a_step_that_is_retried_shows_its_attempts_and_the_log_of_the_last(tmp_path):
    manifest = drawn_run(
        workflow(task("a")), {"a": ("Retry", "Running"), "a(0)": "Failed", "a(1)": "Running"}
    )
    nodes = [{"displayName": "a", "templateName": "pod"} | n for n in _nodes(manifest)]
    asked = []

    def log_file(node_id):
        asked.append(node_id)
        return tmp_path / "none"

    view = step_view(manifest, "main-x7k2p-a", None, nodes, "logs", tmp_path, "r", log_file)
    assert view.attempts == (("main-x7k2p-a(0)", "Failed"), ("main-x7k2p-a(1)", "Running"))
    assert view.log_node == "main-x7k2p-a(1)"
    assert asked == ["main-x7k2p-a(1)"]
    assert step_view(manifest, "no", None, nodes, "", tmp_path, "r", log_file) is None


def _nodes(manifest):
    return manifest["status"]["nodes"].values()


def test_every_step_is_a_link_in_the_picture_and_in_the_words():
    drawn = picture(workflow(task("a"), task("b", "a")), "/here")
    assert [words for _, words, _ in drawn.steps] == ["a: starts at once", "b: after a"]
    for link, _, chosen in drawn.steps:
        assert f'href="{link}"' in drawn.svg
        assert not chosen
    (identity,) = [link.split("step=")[1].partition("#")[0] for link, *_ in drawn.steps[1:]]
    again = picture(workflow(task("a"), task("b", "a")), "/here", identity)
    assert again.chosen.label == "b"
    assert [chosen for *_, chosen in again.steps] == [False, True]


@pytest.mark.parametrize(
    ("after", "left"),
    [
        ({}, []),
        ({"b": "a"}, ["ab"]),
        ({"b": "a", "c": "ab"}, ["ab", "bc"]),
        ({"b": "a", "c": "a", "d": "bc"}, ["ab", "ac", "bd", "cd"]),
        ({"b": "a", "c": "b", "d": "ac"}, ["ab", "bc", "cd"]),
    ],
)
def test_an_arrow_that_others_imply_is_left_out(after, left):
    steps = read_graph(workflow(*(task(name, *after.get(name, "")) for name in "abcd"))).steps
    arrows = [(steps[p].label, step.label) for step in simplified(steps) for p in step.after]
    assert sorted(arrows) == [tuple(arrow) for arrow in left]
    every = sum(map(len, after.values()))
    drawn = picture(workflow(*(task(name, *after.get(name, "")) for name in "abcd")), "/here")
    assert bool(drawn.toggle) == (every > len(left))


@pytest.mark.parametrize(
    ("log", "lines"),
    [
        (Log("a\nb"), ["a\n", "b"]),
        (Log("a\r50%\rb\n"), ["a\r50%\rb\n"]),
        (Log(""), []),
        (Log("b\n", skipped=2), []),
        (Log("a\n" * 20_001), []),
    ],
)
def test_lines_of_a_log_have_numbers_where_they_are_known(log, lines):
    assert log.lines == lines


def test_what_cannot_be_drawn_is_said():
    assert "wait for each other" in picture(workflow(task("a", "b"), task("b", "a")), "/").error


def test_progress_is_counted_in_steps():
    assert progress([]) == "No step has begun"
    nodes = [
        {"id": str(number), "type": kind, "phase": phase}
        for number, (kind, phase) in enumerate(
            [
                ("DAG", "Running"),
                ("Pod", "Succeeded"),
                ("Pod", "Succeeded"),
                ("Skipped", "Skipped"),
                ("Retry", "Running"),
                ("Pod", "Failed"),
                ("Pod", "Running"),
            ]
        )
    ]
    nodes[4]["children"] = ["5", "6"]
    assert progress(nodes) == "Steps: 2 Succeeded, 1 Skipped, 1 Running"


@pytest.mark.parametrize(
    ("phase", "archived", "said"),
    [
        ("", 0, ["/terminate", ":archive"]),
        ("Running", 1, ["/terminate", ":unarchive"]),
        ("Failed", 0, ["/retry", ":archive"]),
        ("Succeeded", 1, [":unarchive"]),
    ],
)
def test_a_run_offers_what_can_be_done_with_it(phase, archived, said):
    assert verbs({"phase": phase, "archived": archived, "terminating": 0}) == said


def test_a_run_that_is_being_terminated_is_not_terminated_again():
    assert verbs({"phase": "Running", "archived": 0, "terminating": 1}) == [":archive"]


# ---- forms and code ------------------------------------------------------------------------------

WRONG = [
    ("int", "five"), ("Integer", "5.0"), ("int", ""), ("float", "x"), ("Float", ""),
    ("bool", "2"), ("Bool", ""), ("list", "{}"), ("JsonArray", "x"), ("dict", "[]"),
    ("JsonObject", "{"), ("list", "[" * 100_000),
]  # fmt: skip
RIGHT = [
    ("int", "-5"), ("int", " 5 "), ("Integer", "0"), ("float", "1e3"), ("float", "nan"),
    ("bool", "True"), ("bool", "no"), ("list", "[1]"), ("dict", '{"a": 1}'), ("str", ""),
    ("String", "x"), ("", ""), ("GCSPath", "x"), ("Model", ""),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), WRONG)
def test_a_value_of_the_wrong_type_is_told_before_the_run(kind, value):
    assert wrong_value(kind, value)


@pytest.mark.parametrize(("kind", "value"), RIGHT)
def test_a_value_of_the_right_type_or_of_an_unknown_one_passes(kind, value):
    assert wrong_value(kind, value) == ""


def test_the_code_of_a_step_is_the_program_in_its_command():
    container = {"image": "i", "command": ["sh", "-ec", "run\nit\n", "def f():\n    pass\n"]}
    manifest = {"spec": {"templates": [{"name": "t", "container": container}]}}
    code = template_code(manifest, "t")
    assert (code.image, code.program) == ("i", "def f():\n    pass\n")
    assert "  - |\n    def f():" in code.manifest
    assert template_code(manifest, "other") is None


@pytest.mark.parametrize("name", ["plain", 'it\'s "quoted"', "a\nb", "\N{ROCKET}"])
@pytest.mark.parametrize("pipeline", [None, {"name": "p"}])
def test_the_code_of_a_run_is_a_program_whatever_the_names(name, pipeline):
    run = {
        "name": name,
        "parameters": json.dumps({name: name}),
        "pipeline_id": "p",
        "version_id": "v",
    }
    code = client_code("http://localhost:1", run, name, pipeline)
    compile(code, "code", "exec")
    assert ("run_pipeline(" in code) == bool(pipeline)
