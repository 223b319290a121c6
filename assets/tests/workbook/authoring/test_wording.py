"""The words of the Korean edition: each rule of the glossary broken on purpose, and named."""

from __future__ import annotations

import pytest
from workbook.authoring.edition import korean
from workbook.authoring.edition.style import (
    read_glossary,
    wrong_in_figure,
    wrong_in_style,
    wrong_wordings,
)
from workbook.paths import REPOSITORY

GLOSSARY = read_glossary(REPOSITORY / korean.GLOSSARY)
WORDINGS = GLOSSARY.wordings
NEVER = [(word, term.korean[0]) for term in GLOSSARY.terms for word in term.never]
README = (REPOSITORY / "notebooks/ko/README.md").read_text(encoding="utf-8")
# the English, a Korean that breaks a rule, what is found in it, a Korean that keeps it
CASES = [
    ("the text of f", "함수의 텍스트입니다.", "텍스트", "함수의 소스 코드입니다."),
    ("what holds today", "오늘은 동작하지 않습니다.", "오늘", "지금은 동작하지 않습니다."),
    ("old code", "옛 코드입니다.", "옛", "기존 코드입니다."),
    ("on this machine", "이 머신의 Python입니다.", "머신", "내 컴퓨터의 Python입니다."),
    ("two ways", "두 가지 길을 봅니다.", "두 가지 길", "전달 방식 두 가지를 봅니다."),
    ("two shortcuts", "지름길입니다.", "지름길", "간편한 방법입니다."),
    ("the base image", "기본 이미지입니다.", "기본 이미지", "베이스 이미지입니다."),
    ("it writes", "컴파일러가 쓴 파일입니다.", "컴파일러가 쓴", "컴파일러가 만든 파일입니다."),
    ("a header", "머리글이 있습니다.", "머리글", "헤더가 있습니다."),
    ("a screen reader", "화면 낭독기입니다.", "화면 낭독기", "스크린 리더입니다."),
    ("import it", "임포트하세요.", "임포트", "import하세요."),
    ("a dict", "딕셔너리입니다.", "딕셔너리", "dict입니다."),
    ("the executor", "emissary 실행기입니다.", "실행기", "emissary executor(실행기)입니다."),
    ("credentials", "인증 정보입니다.", "인증 정보", "자격 증명입니다."),
    ("no suspect", "용의자가 아닙니다.", "용의자", "의심할 대상이 아닙니다."),
    ("b was omitted", "b를 건너뛰었습니다.", "건너뛰", "b는 생략되었습니다."),
    ("it is Skipped", "생략되었습니다.", "생략", "건너뛰었습니다."),
    (
        "skipped, omitted",
        "건너뜁니다. *건너뜀*(Omitted)",
        "(Omitted",
        "건너뜁니다. *생략*(Omitted)",
    ),
    ("skipped, omitted", "생략됩니다. 생략(Skipped)", "(Skipped", "생략됩니다. 건너뜀(Skipped)"),
    ("a loop", "반복을 씁니다.", "반복", "반복문을 씁니다. 네 번 반복합니다."),
    ("each turn", "각 반복의 값입니다.", "각 반복", "각 회차의 값입니다."),
    ("it decides", "결정을 내립니다.", "결정을 내립", "분기합니다. 이미지가 환경을 결정합니다."),
    (
        "steps run in a container",
        "단계는 컨테이너로 실행됩니다.",
        "단계",
        "스텝은 컨테이너로 실행됩니다.",
    ),
    ("Store in `x` a list.", "리스트를 저장하세요.", "저장하", "리스트를 담으세요."),
    ("the accuracy on test", "테스트 표의 정확도입니다.", "테스트 표", "test 표의 정확도입니다."),
    ("other birds", "다른 새들입니다.", "새들", "다른 펭귄입니다. 새 모델도 있습니다."),
    ("The check runs it.", "검사는 실행해 봅니다.", "검사는", "채점할 때는 실행해 봅니다."),
    ("Stuck?", "막혔다면 힌트를 보세요.", "막혔다면", "막혔나요?"),
    ("isn't taken", "토큰을 받아들여 줍니다.", "받아들여", "토큰이 유효합니다."),
    ("who waits", "누가 누구를 기다립니다.", "누가 누구", "어느 태스크가 기다립니다."),
    ("without a word", "아무 말 없이 통과합니다.", "아무 말 없이", "오류 없이 통과합니다."),
    ("who carries it", "값을 나르는 것입니다.", "나르는", "상자를 나르는 스텝입니다."),
    ("it gives 8", "8을 내놓습니다.", "내놓", "8을 출력합니다."),
    ("the kernel died", "커널이 죽었습니다.", "죽었", "커널이 비정상 종료되었습니다."),
    (
        "- say which",
        "- 어느 것인지 말합니다 (연습 문제 1-1)",
        "말합니다",
        "- 설명합니다 (연습 문제 1-1)",
    ),
    ("with {x}", "{x}, 이 인자로 실행합니다.", "이 인자로", "인자가 {x}일 때 실행합니다."),
    ("plain HTTP", "평범한 HTTP입니다.", "평범한", "HTTP 요청입니다."),
    ("your copy", "여러분의 사본입니다.", "여러분", "내 사본입니다."),
    ("a traceback", "긴 트레이스백입니다.", "트레이스백", "긴 traceback입니다."),
    ("the check runs it", "채점은 이것을 실행합니다.", "채점은", "채점할 때 이것을 실행합니다."),
    ("by hand", "대시보드에서 손으로 합니다.", "에서 손으로", "직접 합니다. 손으로 쓴 파일입니다."),
    ("the letters arrive", "글자가 도착합니다.", "도착합", "글자가 그대로 전달됩니다."),
    ("from the server", "서버에서 왔습니다.", "서버에서 왔", "서버에서 가져왔습니다."),
    ("the test table", "테스트 테이블입니다.", "테이블", "test 표입니다."),
    ("links open it", "링크 두 개는 실행을 엽니다.", "링크 두 개는", "링크를 누르면 열립니다."),
    ("one user", "사용자는 하나입니다.", "사용자는 하나", "사용자는 한 명입니다."),
    ("even worse", "더 나쁜 점도 있습니다.", "더 나쁜 점", "문제가 하나 더 있습니다."),
    ("it answers", "이 주소가 응답합니다.", "주소가 응답", "이 주소에서 응답이 왔습니다."),
    ("it is omitted", "생략됩니다(Omitted).", "됩니다(O", "생략(Omitted)됩니다."),
    (
        "**What you need.** Lesson 04.",
        "**시작하기 전에.** 실습 04. 클러스터는 없어도 됩니다.",
        "실습 04.",
        "**시작하기 전에.** 실습 04를 마치면 됩니다.",
    ),
    ("**the file**", "**파일은** 남습니다.", "은**", "**파일**은 남습니다."),
    ("*center*", "*중심(center)* 입니다.", "(center)*", "*중심*(center)입니다."),
]


@pytest.mark.parametrize(("english", "wrong", "named", "right"), CASES)
def test_a_wrong_word_is_named_and_the_right_one_is_not(english, wrong, named, right):
    assert any(named in finding for finding in wrong_wordings(english, wrong, WORDINGS))
    assert wrong_wordings(english, right, WORDINGS) == []


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda wording: wording.right)
def test_every_rule_is_broken_by_a_case(wording):
    assert any(wrong_wordings(english, wrong, [wording]) for english, wrong, *_ in CASES)


@pytest.mark.parametrize(("wrong", "right"), NEVER)
@pytest.mark.parametrize("look", [wrong_in_style, wrong_in_figure])
def test_a_wrong_form_of_a_term_is_named(look, wrong, right):
    assert f"not {wrong!r} but {right!r}" in look("", f"여기에 {wrong} 하나", GLOSSARY)
    assert look("", f"여기에 {right} 하나", GLOSSARY) == []


def test_a_figure_may_have_a_term_in_another_of_its_lines():
    assert wrong_in_figure("for each task", "파드를 시작", GLOSSARY) == []
    assert wrong_in_figure("reads YAML", "YAML를 읽음", GLOSSARY) == [
        "'YAML를': after YAML it is '을'"
    ]


@pytest.mark.parametrize("end", ["", ")", "**", '"', "**)"])
def test_an_ending_that_is_not_polite_is_found_inside_brackets_too(end):
    assert any("not polite" in one for one in wrong_in_style("", f"실행된다.{end}", GLOSSARY))
    assert wrong_in_style("", f"실행됩니다.{end}", GLOSSARY) == []


def test_a_word_that_is_right_beside_another_one_is_not_found():
    assert wrong_wordings("", "어제 닫고 오늘 다시 엽니다.", WORDINGS) == []
    assert (
        wrong_wordings("", "파라미터는 UTF-8 텍스트입니다. 대체 텍스트도 있습니다.", WORDINGS) == []
    )
    assert wrong_wordings("", "가상 머신과 머신러닝입니다.", WORDINGS) == []
    assert wrong_wordings("skipped, not omitted", "건너뜀과 생략은 다릅니다.", WORDINGS) == []


def test_the_readme_has_no_wrong_word():
    assert wrong_wordings("", README, WORDINGS) == []
