"""The judges of the capstone's components: each is run on a small table that the learner has not
seen, with other columns, names and numbers than the penguins'."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from typing import Any

from workbook.exercise import Finding, not_attempted, not_yet, right
from workbook.judges import is_stub, judge_interface, run_component
from workbook.language import _

COLUMNS = "species bill_length_mm bill_depth_mm flipper_length_mm body_mass_g".split()

# ---- load ----------------------------------------------------------------------------------------

# the columns in another order, a comma in quotes, an NA that matters and two that don't
RAW = """island,species,body_mass_g,sex,flipper_length_mm,bill_depth_mm,bill_length_mm,year
"Dream, north",Adelie,3800,NA,190,18.1,39.2,2008
Biscoe,Gentoo,5200,male,NA,15.3,47.1,2008
Biscoe,Gentoo,4900,female,216,14.6,46.3,NA
Dream,Chinstrap,3700,female,196,18.8,49.5,2009
"""
LOADED = [
    ["Adelie", "39.2", "18.1", "190", "3800"],
    ["Gentoo", "46.3", "14.6", "216", "4900"],
    ["Chinstrap", "49.5", "18.8", "196", "3700"],
]


def judge_load(answer: dict[str, Any], given: object) -> Finding:
    wrong = judge_interface(answer, {"raw": "CSV"}, {"table": "CSV"})
    outputs = wrong or run_component(answer, {"raw": RAW})
    if isinstance(outputs, Finding):
        return outputs
    header, rows = _table(outputs["table"])
    if sorted(header) != sorted(COLUMNS):
        return not_yet(
            _("your table has the columns {given}; asked for are {wanted}.").format(
                given=", ".join(header) or _("none"), wanted=", ".join(COLUMNS)
            )
        )
    if any("NA" in row.values() for row in rows):
        return not_yet(_("in your table a measurement is still NA; leave that row out."))
    found = [[row[name] for name in COLUMNS] for row in rows]
    missing = [row for row in LOADED if row not in found]
    if missing and len(missing) == 3 and found:
        return not_yet(
            _(
                "your row {row} has values in the wrong columns: the check's file has its columns"
                " in another order and a comma inside quotes. csv.DictReader knows both."
            ).format(row=", ".join(found[0]))
        )
    if missing:
        return not_yet(
            _(
                "the row {row} is missing: only its sex or year is NA, and those are not in the"
                " table that you write."
            ).format(row=", ".join(missing[0]))
        )
    if found != LOADED:
        return not_yet(
            _("your table has {given} rows; asked for are {wanted}, in the file's order.").format(
                given=len(found), wanted=len(LOADED)
            )
        )
    return right()


# ---- split ---------------------------------------------------------------------------------------

PARTS = ("train", "validate", "test")
HEADER = "species,wing_mm,mass_g"
TO_SPLIT = [f"{'AB'[number % 2]},{100 + number},{3000 + 7 * number}" for number in range(20)]


def judge_split(answer: dict[str, Any], given: object) -> Finding:
    wrong = judge_interface(
        answer, {"table": "CSV", "seed": "Integer"}, dict.fromkeys(PARTS, "CSV")
    )
    if wrong:
        return wrong
    text = "\n".join([HEADER, *TO_SPLIT]) + "\n"
    results = []
    for seed in (7, 7, 8):
        outputs = run_component(answer, {"table": text, "seed": seed})
        if isinstance(outputs, Finding):
            return outputs
        results.append({name: outputs[name].splitlines() for name in PARTS})
    return _judge_parts(*results)


def _judge_parts(
    first: Mapping[str, list[str]], again: Mapping[str, list[str]], other: Mapping[str, list[str]]
) -> Finding:
    for name in PARTS:
        if first[name][:1] != [HEADER]:
            return not_yet(
                _("the table {name} begins with {line}; asked for is the header.").format(
                    name=name, line=repr("".join(first[name][:1]))
                )
            )
    rows = {name: first[name][1:] for name in PARTS}
    together = [row for name in PARTS for row in rows[name]]
    if sorted(together) != sorted(TO_SPLIT):
        return not_yet(
            _(
                "the three tables together have {given} rows, {distinct} of them distinct; the"
                " check's table has {wanted}. Each row belongs into one of the three."
            ).format(given=len(together), distinct=len(set(together)), wanted=len(TO_SPLIT))
        )
    sizes = [len(rows[name]) for name in PARTS]
    if sizes != [12, 4, 4]:
        return not_yet(
            _("of 20 rows you put {sizes} into {names}; asked for are 12, 4, 4.").format(
                sizes=", ".join(map(str, sizes)), names=", ".join(PARTS)
            )
        )
    if together == TO_SPLIT:
        return not_yet(_("the rows are still in the order of the file; shuffle them first."))
    if first != again:
        return not_yet(
            _(
                "two runs with seed 7 gave different tables: the shuffling must be that of"
                " random.Random(seed)."
            )
        )
    if first == other:
        return not_yet(_("seed 7 and seed 8 gave the same tables: use the argument seed."))
    return right()


# ---- train ---------------------------------------------------------------------------------------

TO_LEARN = """species,wing_mm,mass_g
A,100,3000
B,120,5000
A,104,3400
B,126,4800
A,99,3800
"""
CENTERS = {"A": {"wing_mm": 101.0, "mass_g": 3400.0}, "B": {"wing_mm": 123.0, "mass_g": 4900.0}}
SPREADS = {
    "raw": {"wing_mm": 1.0, "mass_g": 1.0},
    "scaled": {"wing_mm": 11.0707, "mass_g": 779.7435},
}
SAMPLE = {"wing_mm": 12.3774, "mass_g": 871.7798}  # statistics.stdev, of a sample


def judge_train(answer: dict[str, Any], given: object) -> Finding:
    wrong = judge_interface(answer, {"setting": "String", "table": "CSV"}, {"model": "JSON"})
    if wrong:
        return wrong
    for setting in ("raw", "scaled"):
        outputs = run_component(answer, {"setting": setting, "table": TO_LEARN})
        if isinstance(outputs, Finding):
            return outputs
        if finding := _judge_model(outputs["model"], setting):
            return finding
    return right()


def _judge_model(text: str, setting: str) -> Finding | None:
    try:
        model = json.loads(text)
        centers, spread = model["centers"], model["spread"]
    except (ValueError, TypeError, KeyError) as error:
        return not_yet(
            _("the model is no JSON object with spread and centers: {error}").format(
                error=f"{type(error).__name__}: {error}"
            )
        )
    if not _close(centers, CENTERS):
        return not_yet(
            _("the centers are {given:.200}; on the check's table they are {wanted}.").format(
                given=repr(centers), wanted=CENTERS
            )
        )
    if _close(spread, SPREADS[setting]):
        return None
    if _close(spread, SAMPLE):
        return not_yet(_("your spread is that of statistics.stdev; asked for is pstdev."))
    return not_yet(
        _("with setting {setting} the spread is {given:.200}; it should be {wanted}.").format(
            setting=setting, given=repr(spread), wanted=SPREADS[setting]
        )
    )


# ---- evaluate ------------------------------------------------------------------------------------

MODEL = {
    "spread": {"wing_mm": 10.0, "mass_g": 1000.0},
    "centers": {"A": {"wing_mm": 100, "mass_g": 4000}, "B": {"wing_mm": 130, "mass_g": 4200}},
}
# what a model without spreads would take for the other species is in rows 1 and 3
TO_JUDGE = """species,wing_mm,mass_g
A,101,4300
B,128,4150
B,131,3900
A,125,4100
B,133,4300
A,97,3800
"""
PREDICTED = [("A", "A"), ("B", "B"), ("B", "B"), ("A", "B"), ("B", "B"), ("A", "A")]


def judge_evaluate(answer: dict[str, Any], given: object) -> Finding:
    wrong = judge_interface(
        answer, {"model": "JSON", "table": "CSV"}, {"predictions": "CSV", "Output": "Float"}
    )
    outputs = wrong or run_component(answer, {"model": json.dumps(MODEL), "table": TO_JUDGE})
    if isinstance(outputs, Finding):
        return outputs
    header, rows = _table(outputs["predictions"])
    if header != ["species", "predicted"]:
        return not_yet(
            _("predictions has the columns {given}; asked for are species, predicted.").format(
                given=", ".join(header) or _("none")
            )
        )
    pairs = [(row["species"], row["predicted"]) for row in rows]
    if pairs != PREDICTED:
        return not_yet(
            _(
                "for the true {true} you predict {given}; asked for is {wanted}: the center with"
                " the least sum of ((value - center) / spread) ** 2."
            ).format(
                true=", ".join(true for true, _predicted in PREDICTED),
                given=", ".join(predicted for _true, predicted in pairs) or _("nothing"),
                wanted=", ".join(predicted for _true, predicted in PREDICTED),
            )
        )
    if number(outputs["Output"]) != 0.833:
        return not_yet(
            _("5 of 6 predictions are right, and you return {given}; asked for is 0.833.").format(
                given=outputs["Output"]
            )
        )
    return right()


# ---- choose --------------------------------------------------------------------------------------

CHOICES = (
    (["raw", "scaled"], '["0.632","0.985"]', "scaled"),
    (["one", "two", "three"], '["0.7","1.0","0.95"]', "two"),
    (["left", "right"], '["0.9","0.9"]', "left"),
    (["poor", "good"], '["0.5","0.75"]', "good"),
)


def judge_choose(answer: dict[str, Any], given: object) -> Finding:
    if is_stub(answer):
        return not_attempted()
    kinds = {entry["name"]: entry.get("type") for entry in answer.get("inputs", ())}
    if "accuracies" in kinds and kinds["accuracies"] is not None:
        return not_yet(
            _(
                "accuracies is declared {kind}, but it is to be given what evaluate declares a"
                " Float and what comes as a list: leave it without a hint."
            ).format(kind=kinds["accuracies"])
        )
    if "settings" in kinds and kinds["settings"] != "JsonArray":
        return not_yet(_("settings is to arrive as a list, not as its text: write settings: list."))
    wrong = judge_interface(
        answer, {"settings": "JsonArray", "accuracies": None}, {"Output": "String"}
    )
    if wrong:
        return wrong
    for settings, accuracies, best in CHOICES:
        outputs = run_component(answer, {"settings": settings, "accuracies": accuracies})
        if isinstance(outputs, Finding):
            return outputs
        if outputs["Output"] != best:
            return not_yet(
                _(
                    "of {settings} with the accuracies {accuracies} you choose {given};"
                    " asked for is {wanted}."
                ).format(
                    settings=", ".join(settings),
                    accuracies=accuracies,
                    given=repr(outputs["Output"])[:60],
                    wanted=best,
                )
            )
    return right()


# ---- report --------------------------------------------------------------------------------------

METADATA = "mlpipeline-ui-metadata"
# no Jay is a true species here, and no Tit is predicted
TO_REPORT = """species,predicted
Owl,Owl
Owl,Wren
Wren,Wren
Wren,Jay
Wren,Wren
Owl,Owl
Tit,Wren
"""
COUNTS = {
    "Jay": ["0", "0", "0", "0"],
    "Owl": ["0", "2", "0", "1"],
    "Tit": ["0", "0", "0", "1"],
    "Wren": ["1", "0", "0", "2"],
}


def judge_report(answer: dict[str, Any], given: object) -> Finding:
    wrong = judge_interface(
        answer,
        {"predictions": "CSV", "accuracy": "Float"},
        {"mlpipeline_ui_metadata": "UI_metadata"},
    )
    outputs = wrong or run_component(answer, {"predictions": TO_REPORT, "accuracy": 0.667})
    if isinstance(outputs, Finding):
        return outputs
    try:
        entries = json.loads(outputs[METADATA])["outputs"]
        markdown = next(entry for entry in entries if entry.get("type") == "markdown")
    except (ValueError, TypeError, KeyError, AttributeError, StopIteration):
        return not_yet(
            _(
                'the file is {given:.80}; asked for is JSON: {{"outputs": [...]}} with an entry'
                ' of the type "markdown".'
            ).format(given=repr(outputs[METADATA]))
        )
    if markdown.get("storage") != "inline":
        return not_yet(
            _(
                'the entry has the storage {given}; with "inline" the dashboard takes source for'
                " the text itself, otherwise for an address."
            ).format(given=repr(markdown.get("storage")))
        )
    return _judge_markdown(str(markdown.get("source", "")))


def _judge_markdown(text: str) -> Finding:
    if "0.667" not in text:
        return not_yet(_("the accuracy, 0.667 in the check, is not in your text."))
    table = [
        [cell.strip(" *`") for cell in line.strip().strip("|").split("|")]
        for line in text.splitlines()
        if line.strip().startswith("|")
    ]
    head = next((cells for cells in table if set(COUNTS) <= set(cells)), None)
    if head is None:
        return not_yet(
            _(
                "no line is a table's head with {species}: true or predicted, all have a column."
            ).format(species=", ".join(COUNTS))
        )
    if not any(cells and all(set(cell) <= set(":- ") for cell in cells) for cells in table):
        return not_yet(_("a Markdown table needs a line |---|---| below its head."))
    rows = {cells[0]: dict(zip(head, cells, strict=False)) for cells in table}
    for true, wanted in COUNTS.items():
        given = [rows.get(true, {}).get(predicted, "") for predicted in COUNTS]
        if given != wanted:
            return not_yet(
                _(
                    "in the row of the true {true} you count {given} for {species}; asked for is"
                    " {wanted}: rows are the true species, columns the predicted ones."
                ).format(
                    true=true,
                    given=", ".join(cell or "-" for cell in given),
                    species=", ".join(COUNTS),
                    wanted=", ".join(wanted),
                )
            )
    return right()


# ---- reading what a component wrote --------------------------------------------------------------


def _table(text: str) -> tuple[list[str], list[dict[str, str]]]:
    reader = csv.DictReader(text.splitlines())
    rows = [{str(name): str(value) for name, value in row.items()} for row in reader]
    return list(reader.fieldnames or ()), rows


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _close(answer: Any, wanted: Any) -> bool:
    """The same keys, and numbers that differ by rounding at most."""
    if isinstance(wanted, dict):
        return (
            isinstance(answer, dict)
            and answer.keys() == wanted.keys()
            and all(_close(answer[key], value) for key, value in wanted.items())
        )
    return (
        isinstance(answer, int | float)
        and not isinstance(answer, bool)
        and math.isclose(answer, wanted, rel_tol=1e-3)
    )
