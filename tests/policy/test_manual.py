"""What the page on rulebooks shows is true."""

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import yaml

import policy
from policy.form import Event
from tests.policy.questions import book, facts, fixtures, text

ROOT = Path(policy.__file__).parents[1]
PAGE = (ROOT / "policy" / "README.md").read_text()
RULEBOOK, CASE = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)


def test_its_rulebook_loads_and_its_own_rule_speaks():
    springfield = policy.load(RULEBOOK, bases={"base": text("base")})
    request = {"category": "SOCL_EVENT", "cents": 15001, "vendor": "V-SHOP", "goal": "G-WELL"}

    denials = [
        policy.evaluate(springfield, facts(as_of=f"{day}T12:00", request=request)).rules("deny") for day in ("2026-12-31", "2027-01-01")
    ]

    assert denials == [[], ["S01"]]
    assert springfield.parameter("A01", "over_cents") == 4000


def test_its_case_holds():
    (case,) = yaml.safe_load(CASE)

    assert policy.run_case(case, fixtures(), {"florida": book("florida")}).passed


SMALL = """
rulebook: small
categories:
  FOOD: {group: recovery_support, domains: [any], name: {en: food, es: comida}}
rules:
  K01:
    kind: category_cap
    severity: deny
    stage: authorize
    origin: illustrative
    source: a test
    message: {en: "Up to {cap_cents} for {category}.", es: "Hasta {cap_cents} para {category}."}
    params: {caps: {FOOD: 5000}}
"""


def test_its_example_in_python_runs_without_the_service(tmp_path):
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "small.yaml").write_text(SMALL)
    alone = "import sys\nsys.modules['sdc'] = None\n" + example

    done = subprocess.run(
        [sys.executable, "-c", alone], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("deny Up to $50.00 for food.\n", "")


def test_it_names_every_event():
    assert all(event in PAGE for event in get_args(Event))


def test_every_kind_is_used_by_the_base_but_the_one_for_what_no_kind_covers():
    assert {bound.rule.kind for bound in book("base").rules.values()} == set(policy.KINDS) - {"expression"}
