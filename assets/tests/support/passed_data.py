"""Functions for lesson 06, as learners write them: kfp copies their text, and reads their hints,
which `from __future__ import annotations` would make text too. So this module goes without."""

# ruff: noqa: PTH103, PTH118, PTH123, PTH208
# in a component a path is a text, and os is what the lesson uses

from typing import NamedTuple

from kfp.components import InputPath, OutputPath


def shout_returns(text: str) -> str:
    return text.upper()


def shout_long_name(text: str, loud_output_path: OutputPath(str)):
    with open(loud_output_path, "w") as file:
        file.write(text.upper())


def shout_plain_path(text: str, loud_path: str):
    with open(loud_path, "w") as file:
        file.write(text.upper())


def shout_untyped(text: str, loud_path: OutputPath()):
    with open(loud_path, "w") as file:
        file.write(text.upper())


def shout_quietly(text: str, loud_path: OutputPath(str)):
    with open(loud_path, "w") as file:
        file.write(text)


def shout_many_lines(text: str, loud_path: OutputPath(str)):
    with open(loud_path, "w") as file:
        file.write("LOUD\n" * 100)


def shout_and_a_newline(text: str, loud_path: OutputPath(str)):
    with open(loud_path, "w") as file:
        print(text.upper(), file=file)


def shout_into_a_directory(text: str, loud_path: OutputPath(str)):
    import os

    os.makedirs(loud_path)
    with open(os.path.join(loud_path, "loud.txt"), "w") as file:
        file.write(text.upper())


def shout_elsewhere(text: str, loud_path: OutputPath(str)):
    with open("loud.txt", "w") as file:
        file.write(text.upper())


def divide_into_text(a: int, b: int) -> str:
    return f"{a // b}, {a % b}"


def divide_into_a_tuple(a: int, b: int) -> tuple:
    return (a // b, a % b)


def divide_swapped(a: int, b: int) -> NamedTuple("D", [("quotient", int), ("remainder", int)]):
    return (a % b, a // b)


def divide_as_floats(a: int, b: int) -> NamedTuple("D", [("quotient", float), ("remainder", int)]):
    return (a / b, a % b)


def divide_without_outputs(a: int, b: int):
    return (a // b, a % b)


def divide_by_slash(a: int, b: int) -> NamedTuple("D", [("quotient", int), ("remainder", int)]):
    return (a / b, a % b)


def path_of_numbers(count: int) -> str:
    with open("numbers.txt", "w") as file:
        for number in range(1, count + 1):
            print(number, file=file)
    return "numbers.txt"


def add_up_path(path: str) -> int:
    with open(path) as file:
        return sum(int(line) for line in file)


def all_numbers(count: int) -> str:
    return "\n".join(str(number) for number in range(1, count + 1))


def add_up_text(numbers: str) -> int:
    return sum(int(line) for line in numbers.splitlines())


def only_the_count(count: int) -> int:
    return count


def add_up_by_formula(count: int) -> int:
    return count * (count + 1) // 2


def no_numbers(count: int, numbers_path: OutputPath(str)):
    print(numbers_path)


def write_numbers(count: int, numbers_path: OutputPath(str)):
    with open(numbers_path, "w") as file:
        for number in range(1, count + 1):
            print(number, file=file)


def add_up(numbers_path: InputPath(str)) -> int:
    with open(numbers_path) as file:
        return sum(int(line) for line in file)


def measure(hours: int, readings_path: OutputPath(str)):
    readings = (10 + hour % 24 // 3 + hour // 24 % 5 for hour in range(hours))
    with open(readings_path, "w") as file:
        print(*readings, file=file)


def split_days(readings_path: InputPath(str), days_path: OutputPath()):
    import os

    with open(readings_path) as file:
        readings = file.read().split()
    os.makedirs(days_path)
    for first in range(0, len(readings), 24):
        with open(os.path.join(days_path, f"{first // 24:05}.txt"), "w") as file:
            file.write(" ".join(readings[first : first + 24]))


def split_days_unpadded(readings_path: InputPath(str), days_path: OutputPath()):
    import os

    with open(readings_path) as file:
        readings = file.read().split()
    os.makedirs(days_path)
    for first in range(0, len(readings), 24):
        with open(os.path.join(days_path, f"{first // 24}.txt"), "w") as file:
            file.write(" ".join(readings[first : first + 24]))


def split_days_nowhere(readings_path: InputPath(str), days_path: OutputPath()):
    with open(days_path + "/0.txt", "w") as file:
        file.write("10")


def split_days_one_file(readings_path: InputPath(str), days_path: OutputPath()):
    with open(readings_path) as source, open(days_path, "w") as file:
        file.write(source.read())


def highs(days_path: InputPath()) -> list:
    import os

    found = []
    for name in sorted(os.listdir(days_path)):
        with open(os.path.join(days_path, name)) as file:
            found.append(max(int(reading) for reading in file.read().split()))
    return found


def highs_of_one_file(days_path: InputPath()) -> list:
    with open(days_path) as file:
        readings = [int(reading) for reading in file.read().split()]
    return [max(readings[first : first + 24]) for first in range(0, len(readings), 24)]
