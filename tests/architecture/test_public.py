"""What a library promises in `__all__` is real, complete, sorted, and said in a docstring."""

import importlib
import inspect

import pytest

from tests.architecture.tree import LIBRARIES, ROOT, python_files

PUBLIC = [*LIBRARIES, "vendors.rails", "vendors.rails.sandbox", "vendors.rails.stripe", "vendors.screening"]


def is_of(value: object, library: str) -> bool:
    return str(getattr(value, "__module__", "")).startswith(f"{library}.")


@pytest.mark.parametrize("name", PUBLIC)
def test_every_promised_name_is_there_once(name):
    package = importlib.import_module(name)

    assert len(set(package.__all__)) == len(package.__all__)
    assert [promised for promised in package.__all__ if not hasattr(package, promised)] == []


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_that_the_package_imports_from_itself_is_promised(name):
    package = importlib.import_module(name)
    own = [key for key, value in vars(package).items() if not key.startswith("_") and is_of(value, name.partition(".")[0])]

    assert sorted(set(own) - set(package.__all__)) == []


@pytest.mark.parametrize("name", PUBLIC)
def test_every_promised_class_and_verb_says_what_it_is(name):
    package = importlib.import_module(name)
    promised = [(key, getattr(package, key)) for key in package.__all__]

    assert [key for key, value in promised if (inspect.isclass(value) or inspect.isfunction(value)) and not inspect.getdoc(value)] == []


def test_every_package_of_the_libraries_is_importable():
    """A package without its `__init__` is found on one machine and not on another."""
    folders = {path.parent for path in python_files(*LIBRARIES, "sdc") if "migrations" not in path.parts}

    assert [folder.relative_to(ROOT).as_posix() for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []
