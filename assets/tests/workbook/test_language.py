"""Which language messages are in: the edition decides, not the person's locale."""

from __future__ import annotations

import sys

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from workbook.__main__ import main
from workbook.authoring.build import execute
from workbook.kernel.doctor.line import OK, PROBLEM, Line, table
from workbook.language import ENGLISH, KOREAN, _, chosen, speak

KERNEL, TERMINAL = True, False


@pytest.fixture(autouse=True)
def english_afterwards():
    yield
    speak(ENGLISH)


@pytest.mark.parametrize(
    ("where", "folder", "environment", "language"),
    [
        (KERNEL, "notebooks", {}, ENGLISH),
        (KERNEL, "ko", {}, KOREAN),
        (KERNEL, "ko/deeper", {}, ENGLISH),
        (TERMINAL, "ko", {}, ENGLISH),  # a repository may be cloned into a folder of that name
        (KERNEL, "notebooks", {"LANG": "ko_KR.UTF-8", "LANGUAGE": "ko"}, ENGLISH),
        (KERNEL, "ko", {"LANG": "en_US.UTF-8", "LANGUAGE": "en"}, KOREAN),
        (KERNEL, "notebooks", {"WORKBOOK_LANGUAGE": "ko"}, KOREAN),
        (TERMINAL, "notebooks", {"WORKBOOK_LANGUAGE": "ko"}, KOREAN),
        (KERNEL, "ko", {"WORKBOOK_LANGUAGE": "en"}, ENGLISH),
        (KERNEL, "ko", {"WORKBOOK_LANGUAGE": ""}, KOREAN),
        (KERNEL, "notebooks", {"WORKBOOK_LANGUAGE": "fr"}, ENGLISH),
    ],
)
def test_the_edition_decides_and_the_locale_does_not(
    where, folder, environment, language, tmp_path, monkeypatch
):
    (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / folder)
    for name in ("WORKBOOK_LANGUAGE", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if where == KERNEL:
        monkeypatch.setitem(sys.modules, "ipykernel", sys)
    else:
        monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert chosen() == language


@pytest.mark.parametrize(("folder", "said"), [("ko", "정답"), ("notebooks", "right")])
def test_a_kernel_speaks_the_language_of_its_folder(folder, said, tmp_path, monkeypatch):
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    (tmp_path / folder).mkdir()
    cell = new_code_cell('from workbook.language import _\n\nprint(_("right"))', id="say")
    ran = execute(new_notebook(cells=[cell]), tmp_path / folder, "a notebook")
    # the line before it is what `workbook` says when it is imported
    assert ran.cells[0].outputs[0].text.splitlines()[-1] == said


def test_a_language_is_spoken_until_another_is():
    speak(KOREAN)
    assert _("not attempted") == "아직 풀지 않음"
    speak(ENGLISH)
    assert _("not attempted") == "not attempted"


def test_what_has_no_korean_is_said_in_english():
    speak(KOREAN)
    assert _("nobody wrote this message") == "nobody wrote this message"


def test_the_command_speaks_and_chooses_the_language_of_the_environment(capsys):
    speak(KOREAN)
    with pytest.raises(SystemExit):
        main(["--help"])
    help_text = capsys.readouterr().out
    assert "사용법: workbook" in help_text
    assert "이 도움말을 출력하고 끝냅니다" in help_text
    assert main(["reset", "99"]) == 2
    assert "실습 99번은 없습니다" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "workbook: 오류: 인자 명령: 쓸 수 없는 값 'nothing' (쓸 수 있는 것: 'start'"),
        (["grade"], "workbook grade: 오류: 다음 인자가 필요합니다: SUBMISSIONS, --out"),
        (["doctor", "a", "b"], "workbook: 오류: 알 수 없는 인자: b"),
    ],
)
def test_what_argparse_refuses_is_said_in_korean(arguments, said, capsys):
    speak(KOREAN)
    with pytest.raises(SystemExit):
        main(arguments)
    assert said in capsys.readouterr().err


def test_the_doctors_table_keeps_its_names_and_says_them_in_korean_too():
    lines = [Line("door", OK, "here"), Line("API", PROBLEM, "gone", "start it")]
    assert table(lines).splitlines() == [
        "door  ok       here",
        "API   problem  gone",
        "               next: start it",
    ]
    speak(KOREAN)
    assert table(lines).splitlines() == [
        "door (접속 경로)  정상    here",
        "API               문제    gone",
        "                          다음: start it",
    ]
