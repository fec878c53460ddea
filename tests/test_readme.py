"""The README shows what the demo says: word for word, but for the ids of the forged row and its block."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
A_BLOCK = re.compile(r"block \d+")
THE_STORY = re.compile(r"<!-- the story -->\n```\n(.*?)\n?```\n<!-- the story ends -->", re.DOTALL)


def told(text: str) -> list[str]:
    """Keep the numbered lines and what belongs to them, with ids and hashes taken out."""
    lines = [line.rstrip() for line in text.splitlines() if re.match(r"\d\. |   ", line)]
    return [A_BLOCK.sub("block <n>", AN_ID.sub("<id>", line)) for line in lines]


def test_the_story_comes_out_as_the_readme_tells_it():
    story = THE_STORY.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert story is not None

    demo = subprocess.run([sys.executable, "-m", "sdc.cli", "demo"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    assert (demo.returncode, demo.stderr) == (0, "")
    assert told(demo.stdout) == told(story.group(1))
