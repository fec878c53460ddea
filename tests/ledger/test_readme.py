"""The example of the README runs, and says what it says."""

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import ledger

README = Path(ledger.__file__).with_name("README.md")


async def test_the_example_of_the_readme_runs(database, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    code = compile(example, str(README), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    async with database.begin() as session:
        names = {"session": session, "book": uuid4(), "event": uuid4(), "uuid5": uuid5, "today": date(2026, 10, 15)}
        await eval(code, names | {"now": datetime(2026, 10, 15, tzinfo=UTC)})  # noqa: S307 - our own example

    said = re.sub(str(UUID(int=0)).replace("0", "[0-9a-f]"), "...", capsys.readouterr().out).split("\n")
    assert said == ["5000 account ... holds 5000 cents, 9000 required", "True", ""]
    assert "5000, account ... holds 5000 cents, 9000 required" in example
