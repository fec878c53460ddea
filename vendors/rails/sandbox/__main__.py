"""Run the sandbox by itself: `python -m vendors.rails.sandbox PORT FILE [--host ADDRESS]`."""

import argparse
from pathlib import Path

from vendors.rails.sandbox.server import HOST, run


def main() -> None:
    """Read port, file and address from the command line and run until told to stop."""
    parser = argparse.ArgumentParser(prog="vendors.rails.sandbox", description="A Stripe in miniature.")
    parser.add_argument("port", type=int, help="0 takes any free one")
    parser.add_argument("file", type=Path, help="where it remembers")
    parser.add_argument("--host", default=HOST, help="loopback unless told; whoever reaches another address may do everything here")
    told = parser.parse_args()
    run(port=told.port, file=told.file, host=told.host, started=lambda port: print(f"sandbox on http://{told.host}:{port}", flush=True))  # noqa: T201


if __name__ == "__main__":
    main()
