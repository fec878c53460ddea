"""The checkout stands by itself: no host, no path of a machine, no copy of a lock from elsewhere."""

import re
import tomllib

import pytest

from tests.architecture.tree import ROOT, files, name_of

LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"([a-z0-9-]+)==([^ ]+)( ; [^\\]+)? \\")
HASHED = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
# A place on somebody's disk; what every machine has (/usr/lib, /tmp, /dev) is no such place.
A_MACHINES_PATH = re.compile(r"(?<![\w.<{/-])/(home|root|Users|work|opt|mnt|builds|workspace)/[\w.-]+")
A_PACKAGE_HOST = re.compile(r"index-url|find-links|trusted-host|pythonhosted|pypi\.org|registry\.npmjs", re.IGNORECASE)
HERE = "tests/architecture/test_tree.py"


def texts():
    for path in files():
        try:
            yield name_of(path), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_pins_and_hashes_and_nothing_else(name):
    strange = [
        line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if not (PINNED.fullmatch(line) or HASHED.fullmatch(line))
    ]

    assert strange == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_everything_that_is_asked_for(name):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    asked = [*project["project"]["dependencies"], *extras["build"], *project["build-system"]["requires"]]
    if name == "requirements-dev.lock":
        asked += extras["dev"]
    pinned = {match[1] for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if (match := PINNED.fullmatch(line))}

    assert {re.split(r"[\[><=; ]", one)[0].lower() for one in asked} - pinned == set()


def test_both_locks_pin_the_same_versions():
    run, dev = (
        {m[1]: m[2] for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if (m := PINNED.fullmatch(line))} for name in LOCKS
    )

    assert {name: version for name, version in run.items() if dev.get(name) != version} == {}


def test_no_path_of_a_machine_is_in_the_tree():
    assert [f"{name}: {match[0]}" for name, text in texts() if name != HERE for match in A_MACHINES_PATH.finditer(text)] == []


def test_no_package_host_is_in_the_tree():
    assert [f"{name}: {match[0]}" for name, text in texts() if name != HERE for match in A_PACKAGE_HOST.finditer(text)] == []


def test_no_other_lock_file_is_kept():
    others = {"uv.lock", "poetry.lock", "Pipfile.lock", "package-lock.json", "pylock.toml", "pip.conf", "uv.toml", ".npmrc"}

    assert [name_of(path) for path in files() if path.name in others] == []
