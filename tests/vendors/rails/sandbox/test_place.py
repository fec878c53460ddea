"""Where the sandbox listens: on loopback, unless told."""

import subprocess
import sys

import httpx

from tests.vendors.rails.running import PLAIN, ROOT, running

ELSEWHERE = "127.0.0.2"  # loopback too, but another address


def test_it_answers_at_loopback_and_to_its_names_only(tmp_path):
    with running(tmp_path / "sandbox.db") as base, httpx.Client(verify=PLAIN) as client:
        port = base.rpartition(":")[2]

        assert client.get(f"http://localhost:{port}/_sandbox").status_code == 200
        assert client.get(f"{base}/_sandbox", headers={"Host": f"{ELSEWHERE}:{port}"}).status_code == 421
        assert client.get(f"{base}/_sandbox", headers={"Host": "sandbox.example.org"}).status_code == 421


def test_it_answers_elsewhere_where_it_is_told_to(tmp_path):
    command = [sys.executable, "-W", "error", "-m", "vendors.rails.sandbox", "0", str(tmp_path / "sandbox.db"), "--host", ELSEWHERE]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process, httpx.Client(verify=PLAIN) as client:
        try:
            assert process.stdout is not None
            base = process.stdout.readline().removeprefix("sandbox on ").strip()

            assert base.startswith(f"http://{ELSEWHERE}:")
            assert client.get(f"{base}/_sandbox").json()["sandbox"] == "stripe"
            assert client.get(f"{base}/_sandbox", headers={"Host": "sandbox.example.org"}).status_code == 421
        finally:
            process.terminate()
