"""Play records by name on a localkfp of its own, and print what differs; or print them."""

from __future__ import annotations

import argparse
import collections
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import localkfp
import pytest
from tests.support.records.book import NEW, answers, records
from tests.support.records.differences import differences
from tests.support.records.page import FILE, page
from tests.support.records.play import Player

JOBS = 12


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.records", description=__doc__)
    parser.add_argument("names", nargs="*", help="how the names begin; none: all")
    parser.add_argument(
        "--show", action="store_true", help="print package and record, play nothing"
    )
    parser.add_argument("--all", action="store_true", help="print differences that are meant too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the answers")
    parser.add_argument("--page", action="store_true", help=f"write {FILE.name}, play nothing")
    options = parser.parse_args()
    if options.page:
        FILE.write_text(page())
        return 0
    chosen = [r for r in records().values() if r.name.startswith(tuple(options.names or [""]))]
    if options.show:
        for record in chosen:
            print(f"---- {record.name}: {record.ask} {json.dumps(record.send, ensure_ascii=False)}")
            print(record.package.decode(errors="backslashreplace"))
            print(json.dumps(record.answer, indent=1, ensure_ascii=False))
            if newer := answers(NEW).get(record.name):
                print(f"---- {NEW}\n{json.dumps(newer, indent=1, ensure_ascii=False)}")
        return 0
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOCALKFP_HOME", f"{folder}/home")
        try:
            player = Player(localkfp.start(), Path(folder))
            with ThreadPoolExecutor(JOBS) as pool:
                played = dict(
                    zip((r.name for r in chosen), pool.map(player.play, chosen), strict=True)
                )
        finally:
            localkfp.stop()
    if options.json:
        options.json.write_text(json.dumps(played, indent=1, ensure_ascii=False, default=str))
    found = collections.Counter()
    for record in chosen:
        told = [d for d in differences(record, played[record.name]) if options.all or not d.meant]
        found[bool(told)] += 1
        if told:
            print(f"==== {record.name}: {record.ask}", *told, sep="\n  ")
    print(f"{len(chosen)} records, {found[False]} as there or as meant, {found[True]} otherwise")
    return int(found[True] > 0)


if __name__ == "__main__":
    sys.exit(main())
