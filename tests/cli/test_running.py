"""The service, its worker and the sandbox as processes: what a newcomer starts, tries and stops."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from http import HTTPStatus

import httpx
import pytest

from tests.architecture.tree import ROOT

ROLES = {"member", "representative", "broker", "director", "vendor", "auditor", "admin", "payer"}
WAIT_SECONDS = 60


def a_free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    """One folder of data, its two ports, and the commands that are typed in it."""

    def __init__(self, folder):
        self.folder = folder
        self.port, self.sandbox_port = a_free_port(), a_free_port()
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("SDC_")} | {
            "SDC_DATABASE_URL": f"sqlite:///{folder / 'sdc.db'}",
            "SDC_PORT": str(self.port),
            "SDC_SANDBOX_PORT": str(self.sandbox_port),
            "SDC_SANDBOX_FILE": str(folder / "sandbox.db"),
            "PYTHONUNBUFFERED": "1",
        }

    def sdc(self, *words, **settings):
        """Type a command and wait for its end."""
        command = [sys.executable, "-m", "sdc.cli", *words]
        environment = self.environment | settings
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False)

    def start(self, *words):
        """Start a command, and wait until it says where it serves."""
        command = [sys.executable, "-m", "sdc.cli", *words]
        with (self.folder / "out").open("w") as out:
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=out, stderr=subprocess.STDOUT)
        give_up_at = time.monotonic() + WAIT_SECONDS
        while "serving at" not in (text := (self.folder / "out").read_text()):
            assert process.poll() is None, text
            assert time.monotonic() < give_up_at, text
            time.sleep(0.1)
        return process, text

    def sandbox_answers(self):
        """Say whether anything answers at the sandbox's port."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.sandbox_port)) == 0


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def typed_curl(line):
    """Send what a printed line of curl would send."""
    words = shlex.split(line)[1:]
    headers, body, url = {}, None, ""
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = words.pop(0)
        elif not word.startswith("-"):
            url = word
    return httpx.request("POST" if body else "GET", url, headers=headers, content=body, trust_env=False, timeout=WAIT_SECONDS)


def test_a_newcomer_serves_tries_three_lines_and_stops(house):
    process, told = house.start("serve", "--demo-data")
    try:
        lines = [line.strip() for line in told.splitlines()]
        tokens = {line.split()[0] for line in lines if " sdc_" in line and not line.startswith("curl")}
        tried = [typed_curl(line) for line in lines if line.startswith("curl ")]
        docs = httpx.get(f"http://127.0.0.1:{house.port}/docs", trust_env=False)
        taken = house.sdc("serve")
        reconciled = house.sdc("reconcile")
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(WAIT_SECONDS)

    assert tokens == ROLES
    assert [answer.status_code for answer in tried] == [HTTPStatus.OK] * 3, [answer.text for answer in tried]
    assert docs.status_code == HTTPStatus.OK
    assert "/docs\n" in told
    assert (taken.returncode, taken.stderr.splitlines()[-1]) == (
        1,
        f"Error: listening on 127.0.0.1 port {house.port} failed: Address already in use",
    )
    assert reconciled.returncode == 0, reconciled.stdout + reconciled.stderr
    assert code == 0
    assert not house.sandbox_answers()

    drained, verified = house.sdc("worker", "--drain"), house.sdc("ledger", "verify")
    assert drained.returncode == 0, drained.stderr
    assert verified.returncode == 0, verified.stdout
    assert "nothing was changed" in verified.stdout


def test_a_port_where_something_else_answers_is_not_taken_for_the_sandbox(house):
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(house.sandbox_port), "--bind", "127.0.0.1"],
        cwd=house.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not house.sandbox_answers():
            time.sleep(0.05)
        refused = house.sdc("worker", "--drain")
    finally:
        server.kill()
        server.wait()

    assert refused.returncode == 1
    assert "something that is not the sandbox answers" in refused.stderr


def test_the_demos_data_is_refused_in_production(house):
    production = {
        "SDC_ENV": "production",
        "SDC_SECRET_KEYS": "c29tZSBvdGhlciAzMiBieXRlcyBvZiBhIHNlY3JldCE=",
        "SDC_RAIL": "stripe",
        "SDC_STRIPE_API_KEY": "sk_live_x",
        "SDC_STRIPE_WEBHOOK_SECRETS": "w",
        "SDC_PUBLIC_URL": "https://sdc.example.org",
    }

    refused, behind = house.sdc("serve", "--demo-data", **production), house.sdc("worker", "--drain", **production)

    assert (refused.returncode, refused.stderr) == (1, "Error: --demo-data is refused in production\n")
    assert behind.returncode == 1
    assert "run `sdc db upgrade` first" in behind.stderr
