"""libyaml in place of PyYAML's own parser and emitter, in the grader's processes.

kfp writes each Workflow twice when it compiles, and lessons read it with `yaml.safe_load`: in pure
Python that is nine tenths of the time of a compilation. The data are the same; only where a long
line is folded may differ.
"""

from __future__ import annotations

import yaml


def prefer() -> None:
    """For `yaml.safe_load`, and for whoever names these classes from now on, as kfp does."""
    if yaml.__with_libyaml__:
        setattr(yaml, "SafeLoader", yaml.CSafeLoader)  # noqa: B010 (to a type checker, a class is
        setattr(yaml, "Dumper", yaml.CDumper)  # noqa: B010  no variable)
