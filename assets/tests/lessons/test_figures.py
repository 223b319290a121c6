"""The figures in assets/img: safe to embed, legible, and described in words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from workbook.authoring.edition.korean import check_figures
from workbook.paths import ASSETS, REPOSITORY

IMG = ASSETS / "img"
SVG = "{http://www.w3.org/2000/svg}"
FIGURES = sorted(IMG.glob("*.svg"))
KOREAN = sorted(IMG.glob("ko/*.svg"))  # the same, with the words of the Korean edition
SCREENS = sorted(IMG.glob("*.png"))  # of the dashboard, by dashboard_pictures.py
BY_HAND = [  # the others have a program of their name beside them
    path for path in FIGURES if not path.with_name(f"{path.stem.replace('-', '_')}.py").exists()
]
ALT_TEXTS = dict(
    re.findall(
        r"^- \[(\S+\.(?:svg|png))\]\(\1\): (.+)$",
        (IMG / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
)
# mean width of a character in em, roughly that of DejaVu, a wide fallback; of a Korean letter
SANS, MONO, HANGUL = 0.55, 0.61, 0.95
INHERITED = ("fill", "font-size", "font-family", "text-anchor")

every_figure = pytest.mark.parametrize("path", [*FIGURES, *KOREAN], ids=lambda path: path.stem)
every_figure_by_hand = pytest.mark.parametrize(
    "path", [*BY_HAND, *KOREAN], ids=lambda path: path.stem
)


def root_of(path):
    return ET.fromstring(path.read_text("utf-8"))


def drawn(element, inherited=None):
    """The elements on the page in the order of drawing, each with the attributes in force."""
    if element.tag == f"{SVG}defs":
        return
    attributes = (inherited or {}) | element.attrib
    yield element, attributes
    for child in element:
        yield from drawn(child, {key: attributes[key] for key in INHERITED if key in attributes})


def box_of(element):
    """Left, top, right and bottom of a rect or a circle."""
    if element.tag == f"{SVG}rect":
        x, y, width, height = (float(element.get(key)) for key in ("x", "y", "width", "height"))
        return x, y, x + width, y + height
    x, y, radius = (float(element.get(key)) for key in ("cx", "cy", "r"))
    return x - radius, y - radius, x + radius, y + radius


def runs(element, attributes):
    """The pieces of a text, each with the attributes in force."""
    yield element.text or "", attributes
    for span in element:
        yield from runs(span, attributes | span.attrib)
        yield span.tail or "", attributes


def extent(element, attributes):
    """Left, top, right and bottom of a text, roughly: by the number of its characters."""
    width = sum(
        float(force["font-size"])
        * (HANGUL if "가" <= letter <= "힣" else MONO if is_mono(force) else SANS)
        for piece, force in runs(element, attributes)
        for letter in piece
    )
    size = float(attributes["font-size"])
    part = {"start": 0, "middle": 0.5, "end": 1}[attributes.get("text-anchor", "start")]
    left, y = float(element.get("x")) - part * width, float(element.get("y"))
    return left, y - 0.75 * size, left + width, y + 0.2 * size


def is_mono(force):
    return force["font-family"].endswith("monospace")


def texts(path):
    """Each text with its extent, its pieces, and the shape that it stands on: box and fill."""
    elements = list(drawn(root_of(path)))
    shapes = [
        (box_of(element), force["fill"])
        for element, force in elements
        if element.tag in (f"{SVG}rect", f"{SVG}circle")
    ]
    for element, force in elements:
        if element.tag == f"{SVG}text":
            x, y = float(element.get("x")), float(element.get("y"))
            ground = [(box, fill) for box, fill in shapes if inside((x, y, x, y), box)][-1]
            yield element, extent(element, force), list(runs(element, force)), ground


def inside(a, b):
    return b[0] <= a[0] and b[1] <= a[1] and a[2] <= b[2] and a[3] <= b[3]


def luminance(color):
    """Relative luminance of #rgb or #rrggbb, 0 to 1 (WCAG 2.1)."""
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    parts = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    linear = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_there_are_figures_drawn_by_hand():
    assert len(BY_HAND) >= 5


def test_each_figure_drawn_by_hand_has_its_korean_and_no_other_has():
    assert [path.name for path in KOREAN] == [path.name for path in BY_HAND]
    assert check_figures(REPOSITORY) == []


@every_figure
def test_a_figure_is_an_image_with_a_title(path):
    root = root_of(path)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text.strip()


@every_figure
def test_a_figure_runs_nothing_and_fetches_nothing(path):
    source = path.read_text("utf-8")
    assert "<!DOCTYPE" not in source
    assert "<?" not in source
    root = root_of(path)
    names = {element.get("id") for element in root.iter()} - {None}
    for element in root.iter():
        assert element.tag not in {f"{SVG}script", f"{SVG}style", f"{SVG}foreignObject"}
        for key, value in element.attrib.items():
            assert not key.startswith("on")
            references = re.findall(r"url\(([^)]*)\)", value)
            if key.rpartition("}")[2] in ("href", "src"):
                references.append(value)
            assert {f"#{name}" for name in names}.issuperset(references)


@every_figure_by_hand
def test_a_figure_is_described_and_shown_whole(path):
    root = root_of(path)
    assert root[1].tag == f"{SVG}desc"
    assert len(root[1].text.split()) > 20
    assert bool(re.search("[가-힣]", root[1].text)) == (path in KOREAN)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"


@every_figure_by_hand
def test_no_text_is_smaller_than_12(path):
    root = root_of(path)
    assert not [element for element in root.iter() if "style" in element.attrib]
    sizes = [float(force["font-size"]) for *_, pieces, _ in texts(path) for _, force in pieces]
    assert min(sizes) >= 12


@every_figure_by_hand
def test_texts_stay_inside_the_view_box_and_the_shape_they_stand_on(path):
    view = tuple(float(number) for number in root_of(path).get("viewBox").split())
    outside = [
        "".join(element.itertext())
        for element, box, _, (ground, _) in texts(path)
        if not (inside(box, view) and inside(box, ground))
    ]
    assert outside == []


@every_figure_by_hand
def test_no_two_texts_overlap(path):
    placed = [("".join(element.itertext()), box) for element, box, *_ in texts(path)]
    assert [
        (one, other)
        for (one, a), (other, b) in combinations(placed, 2)
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ] == []


@every_figure_by_hand
def test_texts_contrast_with_the_shape_they_stand_on(path):
    faint = [
        (piece, force["fill"], ground)
        for *_, pieces, (_, ground) in texts(path)
        for piece, force in pieces
        if contrast(force["fill"], ground) < 4.5
    ]
    assert faint == []


def test_the_readme_has_an_alt_text_for_each_figure_and_for_no_other():
    assert sorted(ALT_TEXTS) == sorted(path.name for path in (*FIGURES, *SCREENS))


def test_pictures_of_pages_are_small_and_have_a_command():
    program = (IMG / "dashboard_pictures.py").read_text("utf-8")
    for path in SCREENS:
        assert path.stat().st_size < 150_000
        assert path.name in program


@pytest.mark.parametrize("name", sorted(ALT_TEXTS))
def test_an_alt_text_is_whole_sentences_that_markdown_leaves_alone(name):
    alt = ALT_TEXTS[name]
    assert len(alt.split()) >= 15
    assert alt.endswith(".")
    assert not set(alt) & set('[]<>"`*\\{}')
