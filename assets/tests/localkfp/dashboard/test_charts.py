"""Charts: numbers in, SVG with its words out."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from localkfp.dashboard.charts.confusion import confusion
from localkfp.dashboard.charts.roc import area, roc
from localkfp.dashboard.charts.series import bars, over_runs
from localkfp.dashboard.views.metrics import Bar, said
from localkfp.dashboard.views.metrics import bars as metric_bars
from localkfp.dashboard.views.output import last_of

AXES = ("target", "predicted")


def drawn(svg):
    """The parts of a chart by their class, and what it says."""
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    parts = {}
    for part in root.iter():
        parts.setdefault(part.get("class") or part.tag, []).append(part)
    return parts, root.get("aria-label")


def test_a_confusion_matrix_has_a_cell_for_each_pair_and_says_how_many_are_right():
    counts = {("cat", "cat"): 4.0, ("cat", "dog"): 25.0, ("dog", "cat"): 30.0, ("dog", "dog"): 6.0}
    parts, words = drawn(confusion(["cat", "dog"], counts, AXES))
    strengths = [float(cell.get("fill-opacity")) for cell in parts["cell"]]
    assert strengths == [0.06, 0.375, 0.45, 0.09]
    assert [cell[0].text for cell in parts["cell"]][1] == "cat taken for dog: 25"
    assert "10 of 65 are right" in words


def test_a_roc_curve_goes_through_its_points_and_says_the_area_under_it():
    points = [(0.0, 0.0), (0.5, 1.0), (1.0, 1.0)]
    parts, words = drawn(roc(points))
    (curve,) = parts["curve"]
    assert curve.get("points") == "56.0,292.0 196.0,12.0 336.0,12.0"
    assert area(points) == 0.75
    assert "0.75" in words


def test_bars_are_as_long_as_their_values_and_below_0_to_the_left():
    parts, words = drawn(bars("loss", [("a", 1.0), ("b", -0.5), ("c", 0.25)]))
    assert [float(bar.get("width")) for bar in parts["bar"]] == [160, 80, 40]
    assert len({float(bar.get("x")) for bar in parts["bar"]}) == 2
    assert words == "Bars of loss: a 1; b -0.5; c 0.25."


def test_a_line_goes_from_the_least_to_the_most():
    parts, _ = drawn(over_runs("loss", [("a", 3.0), ("b", 1.0), ("c", 2.0)]))
    assert [float(dot.get("cy")) for dot in parts["dot"]] == [12, 132, 72]


@pytest.mark.parametrize(
    ("make", "arguments"),
    [
        (confusion, ([], {}, AXES)),
        (confusion, ([str(n) for n in range(31)], {}, AXES)),
        (roc, ([(0.0, 0.0)],)),
        (roc, ([(0.0, 0.0), (float("nan"), 1.0)],)),
        (bars, ("x", [])),
        (over_runs, ("x", [("a", 1.0)])),
    ],
)
def test_what_can_not_be_drawn_is_said(make, arguments):
    with pytest.raises(ValueError, match=r"\w"):
        make(*arguments)


def test_any_name_is_text_in_a_chart():
    name = '<script>"&\x00'
    for svg in (
        confusion([name], {(name, name): 1.0}, (name, name)),
        bars(name, [(name, 1.0)]),
        over_runs(name, [(name, 1.0), (name, 1.0)]),
    ):
        assert not re.search("<script|\x00", svg)
        ElementTree.fromstring(svg)


def metric(value, form="RAW"):
    return {"name": "m", "number_value": value, "format": form}


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ([{"m": metric(0.5, "PERCENTAGE")}, {}], [Bar("50.000%", 50), None]),
        ([{"m": metric(4)}, {"m": metric(1)}], [Bar("4.000", 100), Bar("1.000", 25)]),
        ([{"m": metric(-1)}, {"m": metric(1)}], [Bar("-1.000", 0), Bar("1.000", 100)]),
        ([{"m": metric(0)}], [Bar("0.000", 0)]),
    ],
)
def test_the_bar_of_a_metric_in_a_list(runs, found):
    assert metric_bars(runs, "m") == found


def test_a_metric_of_zero_is_said():
    assert said({"name": "m"}) == "0.000"


@pytest.mark.parametrize(
    ("children", "giving", "last"),
    [
        ({"dag": ["a", "b"], "a": ["c"], "b": ["c"]}, {"a", "b", "c"}, {"c"}),
        ({"dag": ["a"], "a": ["b"], "b": ["print"]}, {"a", "b"}, {"b"}),
        ({"dag": ["a", "b"]}, {"a", "b"}, {"a", "b"}),
        ({"dag": ["a"], "a": ["loop"], "loop": ["x", "y"]}, {"a", "x", "y"}, {"x", "y"}),
        ({"dag": ["a"]}, set(), set()),
    ],
)
def test_the_last_steps_are_those_that_give_and_that_none_that_gives_comes_after(
    children, giving, last
):
    every = {*children, *(child for found in children.values() for child in found)}
    nodes = [{"id": name, "children": children.get(name, [])} for name in every]
    assert last_of(nodes, giving) == last
