"""The import contracts of pyproject.toml hold, and each of them would notice its violation."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT

# One import a contract, written at the end of a file, that nobody may add.
VIOLATIONS = {
    "libraries": ("vendors/errors.py", "import policy"),
    "layers": ("sdc/money.py", "from sdc import journal"),
    "inside-ledger": ("sdc/money.py", "from ledger import tables"),
    "inside-policy": ("sdc/money.py", "from policy import facts"),
    "inside-vendors": ("sdc/money.py", "from vendors import errors"),
    "stripe": ("sdc/money.py", "import stripe"),
    "cel": ("policy/facts.py", "import cel_expr_python"),
    "litestar": ("sdc/money.py", "import litestar"),
    "pure-policy": ("policy/facts.py", "import sqlalchemy"),
    "cycles": ("ledger/errors.py", "from ledger import posting"),
}


@pytest.fixture
def copy(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.sql", "*.yaml"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken_contracts(checkout: Path, *only: str) -> list[str]:
    program = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command()"
    options = ["--no-cache", "--no-logo", *(part for contract in only for part in ("--contract", contract))]
    done = subprocess.run([sys.executable, "-P", "-c", program, *options], cwd=checkout, capture_output=True, text=True, check=False)
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    broken = re.findall(r"^(.*) BROKEN", done.stdout, re.MULTILINE)
    assert bool(broken) == bool(done.returncode), done.stdout
    return broken


def test_the_arrows_hold():
    assert broken_contracts(ROOT) == []


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_planted_violation_is_noticed(copy, contract):
    path, line = VIOLATIONS[contract]
    with (copy / path).open("a") as file:
        file.write(f"\n{line}\n")

    assert len(broken_contracts(copy, contract)) == 1


def test_a_package_without_a_place_in_the_layers_is_noticed(copy):
    (copy / "sdc" / "drawer").mkdir()
    (copy / "sdc" / "drawer" / "__init__.py").write_text('"""A drawer."""\n')

    assert len(broken_contracts(copy, "layers")) == 1
