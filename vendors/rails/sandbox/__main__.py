"""Run the sandbox by itself: `python -m vendors.rails.sandbox PORT FILE`."""

import sys
from pathlib import Path

from vendors.rails.sandbox.server import run


def main() -> None:
    """Read port and file from the command line and run until told to stop."""
    port, file = sys.argv[1:]
    run(port=int(port), file=Path(file), started=lambda taken: print(f"sandbox on http://127.0.0.1:{taken}", flush=True))  # noqa: T201


if __name__ == "__main__":
    main()
