"""The tree as the house rules see it: its Python files, their syntax, and every file that is committed."""

import ast
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARIES = ("ledger", "policy", "vendors")
PACKAGES = ("sdc", *LIBRARIES)
_NOT_OURS = re.compile(r"\.git|\.venv|\.\w+_cache|\.hypothesis|\.schemathesis|__pycache__|.*\.egg-info|var|build|dist")


@cache
def files() -> tuple[Path, ...]:
    """Name every file of the checkout that could be committed."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not _NOT_OURS.fullmatch(name)]
        found += [Path(folder) / name for name in names]
    return tuple(sorted(found))


@cache
def python_files(*tops: str) -> tuple[Path, ...]:
    """Name the Python files below the given folders of the root; all of them when none is given."""
    return tuple(path for path in files() if path.suffix == ".py" and (not tops or path.relative_to(ROOT).parts[0] in tops))


@cache
def parse(path: Path) -> ast.Module:
    """Parse one file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    """Name a file as a person of the project does."""
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Tell every call in a file as it is written, `time.time` or `session.commit`, with its line."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno
