"""localkfp.drawing.svg: the picture, and what a notebook makes of it."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import combinations, pairwise

import pytest
from localkfp.drawing.draw import draw, draw_graph
from localkfp.drawing.graph import read_graph
from localkfp.drawing.layout import lay_out
from tests.support.drawings import DIAMOND, PHASES, SVG, boxes, dag, run, task, texts, workflow

INNER = dag("d", task("e"), task("f", "e"))


def test_each_phase_has_an_icon_of_its_own():
    steps = [*PHASES, "Unheard"]
    manifest = workflow(*(task(phase.lower()) for phase in steps), task("late"))
    svg = draw(run(manifest, {phase.lower(): phase for phase in steps})).svg
    icons = {
        "".join(ET.tostring(part, "unicode") for part in icon)
        for box in boxes(svg)
        for icon in box.findall(f"{SVG}g")
    }
    assert len(icons) == len(steps) + 1


def rectangles(svg):
    """Left, top, right and bottom of each box and frame."""
    for box in boxes(svg):
        x, y, width, height = (
            int(box.find(f"{SVG}rect").get(key)) for key in ("x", "y", "width", "height")
        )
        yield x, y, x + width, y + height


def apart(a, b):
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def inside(a, b):
    return b[0] < a[0] and a[2] < b[2] and b[1] < a[1] and a[3] < b[3]


def random_workflow(seed):
    """Up to 40 tasks; a third of the Workflows have DAGs in the DAG."""
    source = random.Random(seed)
    tasks, more = [], []
    for number in range(source.randrange(1, 40)):
        after = {
            f"t{source.randrange(number)}"
            for _ in range(source.choice([0, 1, 1, 2, 4]) * (number > 0))
        }
        template = "pod"
        if seed % 3 == 0 and source.random() < 0.2:
            template = f"dag-{number}"
            size = source.randrange(1, 7)
            more.append(
                dag(template, *(task(f"i{n}", *[f"i{n - 1}"] * (n % 3)) for n in range(size)))
            )
        tasks.append(task(f"t{number}", *sorted(after), template=template))
    source.shuffle(tasks)
    return workflow(*tasks, more=more)


@pytest.mark.parametrize("seed", range(30))
def test_no_two_boxes_overlap_and_frames_hold_their_boxes(seed):
    manifest = random_workflow(seed)
    drawing = draw(manifest)
    root = ET.fromstring(drawing.svg)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == drawing.title
    for a, b in combinations(rectangles(drawing.svg), 2):
        assert apart(a, b) or (seed % 3 == 0 and (inside(a, b) or inside(b, a)))
    assert len(boxes(drawing.svg)) == len(drawing.words) + len(manifest["spec"]["templates"]) - 2


@pytest.mark.parametrize("seed", [seed for seed in range(30) if seed % 3])
def test_every_edge_leads_down_from_box_to_box_and_through_none(seed):
    graph = read_graph(random_workflow(seed))
    block = lay_out(graph.steps)
    found = {box.step.name: box for box in block.boxes}
    ends = set()
    for points in block.edges:
        assert all(y1 <= y2 for (_, y1), (_, y2) in pairwise(points))
        for (x1, y1), (x2, y2) in pairwise(points):
            for box in block.boxes:
                assert (
                    max(x1, x2) <= box.x
                    or box.x + box.width <= min(x1, x2)
                    or y2 <= box.y
                    or box.y + box.height <= y1
                )
        ends.add((points[0], points[-1]))
    assert ends == {
        (
            (start.x + start.width // 2, start.y + start.height),
            (end.x + end.width // 2, end.y),
        )
        for step in graph.steps
        for end in [found[step.name]]
        for start in [found[graph.steps[place].name] for place in step.after]
    }


def test_steps_that_are_alike_stand_in_the_order_of_the_workflow():
    names = [f"m{number}" for number in range(7)]
    manifest = workflow(task("a"), *(task(name, "a") for name in names), task("late", "m2"))
    found = {box.step.label: box for box in lay_out(read_graph(manifest).steps).boxes}
    alike = [name for name in names if name != "m2"]
    assert sorted(alike, key=lambda name: found[name].x) == alike
    assert len({found[name].y for name in names}) == 1


def test_edges_over_very_many_rows_are_drawn_in_one_go():
    count = 260
    manifest = workflow(
        *(task(f"t{n}", *[f"t{m}" for m in {0, n - 1, n // 2} if n]) for n in range(count))
    )
    block = lay_out(read_graph(manifest).steps)
    assert len(block.boxes) == count
    assert {len(points) for points in block.edges} == {3}


@pytest.mark.parametrize(
    "name",
    [
        '<script>alert("x")</script>',
        "a & b",
        "it's",
        "\N{ROCKET} launch",
        "\N{HANGUL SYLLABLE HAN}" * 60,
        "x" * 300,
        "control \x00\x1b \ud800 characters",
    ],
)
def test_any_name_is_escaped_and_stands_whole_in_the_tip(name):
    drawing = draw(workflow(task(name), task("b", name)))
    tips = [box.find(f"{SVG}title").text for box in boxes(drawing.svg)]
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    assert tips == [clean, "b"]
    lines = next(iter(texts(drawing.svg).values()))
    assert len(lines) <= 2
    assert max(map(len, lines)) < 25
    page = Page(drawing._repr_html_())
    assert page.tags == ["img", "ul", "li", "li"]
    assert name.split()[-1] in page.text[-1]


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = [], {}, []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes |= dict(attributes)

    def handle_data(self, data):
        self.text.append(data)


def test_a_notebook_shows_an_image_with_alt_text_and_then_the_words():
    drawing = draw(DIAMOND)
    page = Page(drawing._repr_html_())
    kind, _, data = page.attributes["src"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(data).decode() == drawing.svg
    assert page.attributes["alt"] == drawing.title
    assert tuple(page.text) == drawing.words


def test_the_same_workflow_gives_the_same_bytes_in_every_process():
    program = (
        "import json, sys; from localkfp import draw; "
        "sys.stdout.buffer.write(draw(json.load(sys.stdin)).svg.encode())"
    )
    manifest = random_workflow(3)
    drawn = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps(manifest).encode(),
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert drawn == {draw(manifest).svg.encode()}


def test_boxes_and_frames_are_links_where_an_address_is_given():
    graph = read_graph(workflow(task("a & b"), task("c", "a & b", template="d"), more=[INNER]))
    drawing = draw_graph(graph, lambda step: f"?step={step.name}&x=<y>", chosen="main.a & b")
    links = list(ET.fromstring(drawing.svg).iter(f"{SVG}a"))
    assert sorted(link.get("href") for link in links) == [
        "?step=main.a & b&x=<y>",
        "?step=main.c&x=<y>",
        "?step=main.c.e&x=<y>",
        "?step=main.c.f&x=<y>",
    ]
    marked = [link.get("href") for link in links if link.find(f"{SVG}rect") is not None]
    assert marked == ["?step=main.a & b&x=<y>"]
    assert {link.get("tabindex") for link in links} == {"-1"}
    assert drawing.words == draw_graph(graph).words
    assert "<a" not in draw_graph(graph).svg
