"""Unusual answers to lesson 06, right and wrong.

Without `from __future__ import annotations`: kfp takes the hints as they are.
"""

# ruff: noqa: PTH103, PTH118, PTH123
# in a component a path is a text, and os is what the lesson uses

from typing import NamedTuple

from kfp.components import InputPath, OutputPath
from kfp.dsl import pipeline
from tests.support import passed_data as learner
from tests.support.answers.answers_06 import (
    add_up,
    component,
    highs,
    measure,
    split_days,
    write_numbers,
)

# ---- 06-1 ----------------------------------------------------------------------------------------


def shout_by_letters(text: str, loud_path: OutputPath(str)):
    with open(loud_path, "w", encoding="utf-8") as file:
        for letter in text:
            file.write(letter.upper())


def shout_in_bytes(text: str, loud_file: OutputPath(str), ending: str = ""):
    from pathlib import Path

    Path(loud_file).write_bytes((text.upper() + ending).encode())


def shout_swapped(text: str, loud_path: OutputPath(str)):
    with open(loud_path, "w") as file:
        file.write(text.swapcase())


def shout_stripped(text: str, loud_path: OutputPath(str)):
    with open(loud_path, "w") as file:
        file.write(text.strip().upper())


def shout_in_ascii(text: str, loud_path: OutputPath(str)):
    with open(loud_path, "w") as file:
        file.write("".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in text))


def shout_words(text: str, loud_path: OutputPath(str)):
    with open(loud_path, "w") as file:
        file.write(" ".join(text.upper().split()))


def shout_titles(text: str, loud_path: OutputPath(str)):
    with open(loud_path, "w") as file:
        file.write(text.title())


# ---- 06-3 ----------------------------------------------------------------------------------------


class Division(NamedTuple):
    quotient: int
    remainder: int


def divide_by_divmod(a: int, b: int) -> NamedTuple("D", [("quotient", int), ("remainder", int)]):
    return divmod(a, b)


def divide_by_names(a: int, b: int) -> NamedTuple("D", [("remainder", int), ("quotient", int)]):
    from collections import namedtuple

    return namedtuple("D", "remainder quotient")(a % b, (a - a % b) // b)


def divide_into_files(
    a: int, b: int, quotient_path: OutputPath(int), remainder_path: OutputPath(int)
):
    for path, value in ((quotient_path, a // b), (remainder_path, a % b)):
        with open(path, "w") as file:
            file.write(str(value))


def divide_by_int(a: int, b: int) -> NamedTuple("D", [("quotient", int), ("remainder", int)]):
    return (int(a / b), a % b)


def divide_by_round(a: int, b: int) -> NamedTuple("D", [("quotient", int), ("remainder", int)]):
    return (round(a / b), a % b)


def divide_by_floor(a: int, b: int) -> NamedTuple("D", [("quotient", int), ("remainder", int)]):
    import math

    return (math.floor(a / b), a % b)


# ---- 06-4 ----------------------------------------------------------------------------------------


def numbers_as_json(count: int, numbers_path: OutputPath(str)):
    import json

    with open(numbers_path, "w") as file:
        json.dump(list(range(count + 1)), file)


def sum_of_json(numbers_path: InputPath(str)) -> int:
    import json

    with open(numbers_path) as file:
        return sum(json.load(file))


def numbers_in_a_folder(count: int, numbers_path: OutputPath()):
    import os

    os.makedirs(numbers_path)
    with open(os.path.join(numbers_path, "all"), "w") as file:
        print(*range(1, count + 1), file=file)


def sum_of_a_folder(numbers_path: InputPath()) -> int:
    import os

    with open(os.path.join(numbers_path, "all")) as file:
        return sum(map(int, file.read().split()))


def only_the_count(count: int, numbers_path: OutputPath(str)):
    with open(numbers_path, "w") as file:
        file.write(str(count))


def sum_to_the_count(numbers_path: InputPath(str)) -> int:
    with open(numbers_path) as file:
        return sum(range(1, int(file.read()) + 1))


def first_and_last(count: int, numbers_path: OutputPath(str)):
    with open(numbers_path, "w") as file:
        file.write(f"1 {count}")


def sum_between(numbers_path: InputPath(str)) -> int:
    with open(numbers_path) as file:
        first, last = map(int, file.read().split())
    return (first + last) * (last - first + 1) // 2


def only_the_sum(count: int, numbers_path: OutputPath(str)):
    with open(numbers_path, "w") as file:
        file.write(str(sum(range(count + 1))))


def numbers_with_commas(count: int, numbers_path: OutputPath(str)):
    with open(numbers_path, "w") as file:
        for number in range(count, 0, -1):
            file.write(f"{number:,};")


def sum_with_commas(numbers_path: InputPath(str)) -> int:
    with open(numbers_path) as file:
        return sum(int(each.replace(",", "")) for each in file.read().split(";") if each)


def numbers_pickled(count: int, numbers_path: OutputPath(str)):
    import pickle

    with open(numbers_path, "wb") as file:
        pickle.dump(list(range(1, count + 1)), file)


def sum_of_pickled(numbers_path: InputPath(str)) -> int:
    import pickle

    with open(numbers_path, "rb") as file:
        return sum(pickle.load(file))


def as_many_lines(count: int, numbers_path: OutputPath(str)):
    with open(numbers_path, "w") as file:
        file.write("1\n" * count)


def sum_to_the_lines(numbers_path: InputPath(str)) -> int:
    with open(numbers_path) as file:
        return sum(range(len(file.readlines()) + 1))


def the_count_and_filling(count: int, numbers_path: OutputPath(str)):
    with open(numbers_path, "w") as file:
        print(count, "x" * count, file=file)


def sum_to_the_first(numbers_path: InputPath(str)) -> int:
    with open(numbers_path) as file:
        return sum(range(int(file.read().split()[0]) + 1))


def all_but_the_last(count: int, numbers_path: OutputPath(str)):
    with open(numbers_path, "w") as file:
        print(*range(1, count), file=file)


def sum_and_the_last(numbers_path: InputPath(str)) -> int:
    with open(numbers_path) as file:
        numbers = file.read().split()
    return sum(map(int, numbers)) + len(numbers) + 1


def sums(write, add, retries=0):
    first, second = component(write, "write numbers"), component(add, "add up")

    @pipeline(name="sum of numbers")
    def sum_of_numbers(count: int):
        numbers = first(count)
        total = second(numbers.output)
        for task in (numbers, total):
            if retries:
                task.set_retry(retries)

    return sum_of_numbers


@pipeline(name="sum of numbers")
def sums_after_a_retry(count: int):
    add_up(write_numbers(count).set_retry(2).output).set_retry(2)


# ---- 06-5 ----------------------------------------------------------------------------------------


def split_by_hours(readings_path: InputPath(str), days_path: OutputPath()):
    import os

    with open(readings_path) as file:
        readings = file.read().split()
    os.makedirs(days_path)
    for first in range(0, len(readings), 24):
        with open(f"{days_path}/from_hour_{first:06}", "w") as file:
            print(*readings[first : first + 24], sep="\n", file=file)


def highs_by_lines(days_path: InputPath()) -> list:
    from pathlib import Path

    return [max(map(int, day.read_text().split())) for day in sorted(Path(days_path).iterdir())]


def highs_by_the_last(days_path: InputPath()) -> list:
    from pathlib import Path

    return [int(day.read_text().split()[-1]) for day in sorted(Path(days_path).iterdir())]


def highs_as_text(days_path: InputPath()) -> list:
    from pathlib import Path

    return [int(max(day.read_text().split())) for day in sorted(Path(days_path).iterdir())]


def highs_above_zero(days_path: InputPath()) -> list:
    from pathlib import Path

    days = sorted(Path(days_path).iterdir())
    return [max([0, *map(int, day.read_text().split())]) for day in days]


def split_into_one(readings_path: InputPath(str), days_path: OutputPath()):
    import os

    os.makedirs(days_path)
    with open(readings_path) as source, open(f"{days_path}/all", "w") as file:
        file.write(source.read())


def highs_of_one(days_path: InputPath()) -> list:
    with open(f"{days_path}/all") as file:
        readings = [int(reading) for reading in file.read().split()]
    return [max(readings[first : first + 24]) for first in range(0, len(readings), 24)]


def split_without_the_rest(readings_path: InputPath(str), days_path: OutputPath()):
    import os

    with open(readings_path) as file:
        readings = file.read().split()
    os.makedirs(days_path)
    for first in range(0, len(readings) // 24 * 24, 24):
        with open(f"{days_path}/{first:06}", "w") as file:
            file.write(" ".join(readings[first : first + 24]))


def split_from_the_end(readings_path: InputPath(str), days_path: OutputPath()):
    import os

    with open(readings_path) as file:
        readings = file.read().split()
    os.makedirs(days_path)
    for first in range(0, len(readings), 24):
        with open(f"{days_path}/{len(readings) - first:06}", "w") as file:
            file.write(" ".join(readings[first : first + 24]))


def weather(split=None, high=None, retries=0):
    split_op = component(split, "split days") if split else split_days
    highs_op = component(high, "highs") if high else highs

    @pipeline(name="daily highs")
    def daily_highs(hours: int):
        days = split_op(measure(hours).output)
        found = highs_op(days.output)
        for task in (days, found):
            if retries:
                task.set_retry(retries)

    return daily_highs


ALSO_RIGHT = {
    "06-1": [component(shout_by_letters, "shout"), component(shout_in_bytes, "shout")],
    "06-3": [component(divide_by_divmod), component(divide_by_names), component(divide_into_files)],
    "06-4": [
        sums_after_a_retry,
        sums(numbers_as_json, sum_of_json),
        sums(numbers_in_a_folder, sum_of_a_folder, retries=1),
        sums(numbers_with_commas, sum_with_commas),
        sums(numbers_pickled, sum_of_pickled),
    ],
    "06-5": [
        weather(split_by_hours, highs_by_lines),
        weather(retries=2),
        weather(high=highs_by_lines, retries=1),
    ],
}

WRONG = {
    "06-1": [
        (lambda: component(shout_swapped), "loud gives r"),
        (lambda: component(shout_stripped), "gives 'REN\u00c9E SAID: NO'; it should give '  REN"),
        (lambda: component(shout_in_ascii), "REN\u00e9E"),
        (lambda: component(shout_words), "gives 'REN\u00c9E SAID: NO'; it should give '  REN"),
        (lambda: component(shout_titles), "gives Quiet, Please"),
    ],
    "06-3": [
        (lambda: component(divide_by_int), "quotient gives 14285714285714"),
        (lambda: component(divide_by_round), "quotient gives 4; it should give 3"),
        (lambda: component(divide_by_floor), "quotient gives 14285714285714"),
    ],
    "06-4": [
        (lambda: sums(only_the_count, sum_to_the_count), "should hold the numbers themselves"),
        (lambda: sums(as_many_lines, sum_to_the_lines), "should hold the numbers themselves"),
        (lambda: sums(the_count_and_filling, sum_to_the_first), "should hold the numbers"),
        (lambda: sums(all_but_the_last, sum_and_the_last), "should hold the numbers themselves"),
        (lambda: sums(first_and_last, sum_between), "7 characters for 60000 numbers"),
        (lambda: sums(only_the_sum, learner.add_up), "should hold the numbers themselves"),
    ],
    "06-5": [
        (lambda: weather(high=highs_by_the_last), "readings of the check's own, highs gives"),
        (lambda: weather(high=highs_as_text), "readings of the check's own, highs gives"),
        (lambda: weather(high=highs_above_zero), "highs gives"),
        (lambda: weather(split_into_one, highs_of_one), "leaves 1 files"),
        (lambda: weather(split_without_the_rest), "highs gives [17]; it should give [17, 12]"),
        (lambda: weather(split_from_the_end), "highs gives"),
    ],
}
