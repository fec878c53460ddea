"""Print the figures of policy beside their bars: `python -m benchmarks.policy [--quick] [--json FILE]`."""

import argparse
from pathlib import Path

from benchmarks.figures import Figures
from benchmarks.policy import deciding, history, programs


def main(*, quick: bool) -> Figures:
    """Measure decisions, the same rules as CEL programs, and a dry run on history."""
    figures = Figures()
    deciding.measure(figures, quick=quick)
    programs.measure(figures, quick=quick)
    history.measure(figures, quick=quick)
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and a dry run over fewer requests")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    told = main(quick=given.quick).to_json()
    print(told)
    if given.json is not None:
        given.json.write_text(told + "\n", encoding="utf-8")
