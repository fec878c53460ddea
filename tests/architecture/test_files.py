"""A file has one reason to be and says it in its first line; nothing is too long to read at once."""

import ast

import pytest

from tests.architecture.tree import LIBRARIES, ROOT, files, name_of, parse, python_files

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60
DRAWERS = {"utils", "util", "helpers", "helper", "common", "services", "service", "managers", "manager", "misc"}


def test_no_file_is_longer_than_400_lines():
    long = {name_of(path): count for path in python_files() if (count := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES}

    assert long == {}


def test_no_function_is_longer_than_60_lines():
    long = {}
    for path in python_files():
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = (node.end_lineno or node.lineno) - node.lineno + 1
                if count > MOST_LINES_OF_A_FUNCTION:
                    long[f"{name_of(path)}:{node.lineno} {node.name}"] = count

    assert long == {}


def test_every_file_opens_with_one_sentence():
    silent = []
    for path in python_files():
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        if path.stat().st_size and not (first.startswith('"""') and first.removesuffix('"""').endswith((".", "?"))):
            silent.append(name_of(path))

    assert silent == []


def test_there_is_no_drawer():
    assert [name_of(path) for path in files() if {path.stem, *path.relative_to(ROOT).parts[:-1]} & DRAWERS] == []


@pytest.mark.parametrize("package", LIBRARIES)
def test_a_folder_of_tests_is_named_for_its_folder_of_code(package):
    tests = ROOT / "tests" / package
    folders = {path.parent.relative_to(tests) for path in python_files("tests") if path.is_relative_to(tests)}

    assert [folder.as_posix() for folder in folders if not (ROOT / package / folder).is_dir()] == []
