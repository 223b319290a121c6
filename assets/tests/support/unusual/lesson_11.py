"""Unusual answers to lesson 11, right and wrong. A slow test compiles the right translations."""

from __future__ import annotations

from tests.support.answers.answers_11 import paired, translated

STEPS = """    first = scale(value=value, factor=factor)
    scale(value=first.output, factor=factor)
"""
DECORATED = '@dsl.component(base_image="python:3.11")'


def steps(*lines: str) -> str:
    return translated((STEPS, "".join(f"    {line}\n" for line in lines)))


TRANSLATIONS = [
    steps(
        "first = scale(value=value, factor=factor)",
        "out = first.output",
        "scale(value=out, factor=factor)",
    ),
    steps(
        "first = scale(value=value, factor=factor).set_caching_options(False)",
        "second = scale(factor=factor, value=first.outputs['Output'])",
        "second.set_display_name('twice').set_retry(num_retries=2)",
    ),
    steps("for _ in [None] * 2:", "    value = scale(value=value, factor=factor).output"),
    steps("for _ in range(2):", "    value = scale(value=value, factor=factor).output"),
    steps(
        "task = scale(value=value, factor=factor)", "task = scale(value=task.output, factor=factor)"
    ),
    steps("scale(value=scale(value=value, factor=factor).output, factor=factor)"),
    steps(
        '"""Scales twice."""',
        "same = {'factor': factor}",
        "one, two = scale, scale",
        "two(value=one(value=value, **same).output, **same)",
    ),
    translated((DECORATED, 'VERSION = "3.11"\n\n\n@dsl.component(base_image=f"python:{VERSION}")')),
    translated((DECORATED, 'IMAGE = "python" + ":3.11"\n\n\n@dsl.component(base_image=IMAGE)')),
    translated(
        (
            "from kfp import dsl",
            "from kfp import compiler\nfrom kfp.dsl import component, pipeline",
        ),
        ("@dsl.component", "@component"),
        ("@dsl.pipeline", "@pipeline"),
    ),
    translated(('@dsl.pipeline(name="scale twice")', "@dsl.pipeline")),
    translated(("return value * factor", "product = factor * value\n    return product")),
]

ALSO_RIGHT = {
    "11-3": [["E", "c", "ㅇ"]],
    "11-4": TRANSLATIONS,
    "11-5": [{key.upper(): value.title() for key, value in paired().items()}],
}

WRONG = {
    "11-4": [
        (lambda: f"{translated()}x\n", "the name x is not defined"),
        (lambda: translated(("first.output", "first.outputs['out']")), "is called Output"),
        (
            lambda: translated(
                ("factor=factor)\n    scale", "factor=factor).set_timeout(60)\n    scale")
            ),
            "no set_timeout",
        ),
        (
            lambda: steps(
                "first = scale(value=value, factor=factor).set_retry(2, policy='Always')",
                "scale(value=first.output, factor=factor)",
            ),
            "has no set_retry(policy=...)",
        ),
        (
            lambda: steps(
                "first = scale(value=value, factor=factor).set_gpu_limit(1, 'nvidia')",
                "scale(value=first.output, factor=factor)",
            ),
            "has no set_gpu_limit(...)",
        ),
        (
            lambda: translated(
                (DECORATED, DECORATED.replace("base_", "use_code_pickling=True, base_"))
            ),
            "takes no",
        ),
        (lambda: translated(('(name="scale twice")', '("scale twice")')), "keyword arguments only"),
        (
            lambda: translated(("from kfp import dsl", "from kfp import dsl\nimport kfp.onprem")),
            "no module kfp.onprem",
        ),
        (lambda: translated(("first.output", "first.output + 1")), "can't follow"),
        (lambda: translated(("first.output", 'f"{first.output}"')), "can't follow"),
        (
            lambda: steps("for _ in range(value):", "    scale(value=value, factor=factor)"),
            "no number while",
        ),
        (
            lambda: steps(
                "for _ in range(3):", "    value = scale(value=value, factor=factor).output"
            ),
            "3 times",
        ),
        (
            lambda: steps("for _ in range(2):", "    scale(value=value, factor=factor)"),
            ".output of the first",
        ),
    ],
}
