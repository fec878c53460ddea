"""The page for those who write rulebooks says all there is, and the program on it works as it says."""

import re
from pathlib import Path
from typing import get_args

import pytest

import policy
from policy.case_budget import BUDGET_KEYS
from policy.case_reading import KNOWN
from policy.form import Event
from policy.meanings import MEANINGS
from tests.cli.typing_commands import sdc
from tests.policy.questions import text
from tests.policy.reference import PAGE, blocks, with_parts

WORDS = PAGE.read_text()


@pytest.fixture
def files(tmp_path):
    for name, content in blocks(WORDS):
        (tmp_path / name).write_text(content)
    return {path.name: str(path) for path in tmp_path.iterdir()}


def test_its_lists_are_those_of_the_code():
    assert with_parts(WORDS) == WORDS, "python -m tests.policy.reference puts them right"


@pytest.mark.parametrize("words", [tuple(get_args(Event)), tuple(policy.KINDS), tuple(MEANINGS["RuleForm"])])
def test_it_names_every_event_kind_and_field(words):
    assert [word for word in words if f"`{word}`" not in WORDS] == []


def test_it_names_every_key_of_a_case_and_of_the_fixtures():
    keys = {key for part in KNOWN.values() for key in part} | BUDGET_KEYS

    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", WORDS)] == []


def test_the_program_written_from_scratch_has_no_mistake(files):
    checked = sdc("policy", "check", "--rulebook", files["lakeside.yaml"], "--cases", files["lakeside.cases.yaml"])

    assert (checked.code, checked.out) == (0, "0 errors, 0 warnings\n")
    assert "`0 errors, 0 warnings`" in WORDS


def test_the_program_written_from_scratch_decides_as_its_cases_say(files):
    tested = sdc("policy", "test", "--rulebook", files["lakeside.yaml"], files["lakeside.cases.yaml"])

    assert (tested.code, tested.out) == (0, "23 passed, 0 failed\n")
    assert f"`{tested.out.strip()}`" in WORDS


def test_the_program_with_a_condition_of_its_own_works(files):
    named = ("--rulebook", files["riverton.yaml"])

    tested = sdc("policy", "test", *named, files["riverton.cases.yaml"])
    checked = sdc("policy", "check", *named, "--cases", files["riverton.cases.yaml"])

    assert (tested.code, tested.out) == (0, "3 passed, 0 failed\n")
    assert [line for line in checked.out.splitlines() if line.startswith("error")] == []


def test_the_first_file_on_the_page_loads(files):
    springfield = policy.load(Path(files["springfield.yaml"]).read_bytes(), bases={"base": text("base")})

    assert springfield.rule("S01") is not None
    assert springfield.parameter("A01", "over_cents") == 4000
