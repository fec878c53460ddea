"""Tell in words what changed from one rulebook to another: files, shipped rulebooks, or versions in the database."""

import asyncio
import json
import re
from pathlib import Path

import click

import policy
from sdc.cli.process import open_sessions, settings_here
from sdc.cli.rulebook_files import load_rulebooks
from sdc.rulebooks.reading import find_written, loaded
from sdc.web.input import Language

_STORED = re.compile(r"([a-z][a-z0-9_]{0,59})@([1-9][0-9]{0,5})")


def compare_rulebooks(old: str, new: str, *, language: Language, as_json: bool) -> None:
    """Print every difference, the ones that decide and the ones that only say.

    Raises:
        RulebookError: a file is no rulebook that can be used.
        ClickException: there is no such file or rulebook.
        NotFoundError: the database has no such version.

    """
    before, after = _load(old), _load(new)
    found = policy.differences(before, after)
    if as_json:
        told = {"from": _named(before), "to": _named(after), "changes": [one.to_data() for one in found]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(one.en if language == "en" else one.es)
    words = {"en": ("change", "changes"), "es": ("cambio", "cambios")}[language]
    click.echo(f"{len(found)} {words[0] if len(found) == 1 else words[1]}: {_told(before)} -> {_told(after)}")


def _load(named: str) -> policy.Rulebook:
    """Load what a person names: FILE, NAME (as it is shipped), or NAME@VERSION (in the database)."""
    stored = _STORED.fullmatch(named)
    if stored is not None:
        return asyncio.run(_load_stored(stored[1], int(stored[2])))
    file = Path(named)
    if file.is_file():
        return load_rulebooks([file])[policy.rulebook_name(file.read_bytes(), source=named)]
    shipped = load_rulebooks()
    if named not in shipped:
        known = ", ".join(sorted(shipped))
        message = f"{named} is no file and no shipped rulebook (those are {known}); a version in the database is NAME@VERSION"
        raise click.ClickException(message)
    return shipped[named]


async def _load_stored(name: str, version: int) -> policy.Rulebook:
    async with open_sessions(settings_here().database_url) as sessions, sessions.read() as session:
        return await loaded(session, await find_written(session, name, version))


def _named(rulebook: policy.Rulebook) -> dict[str, str | int]:
    return {"name": rulebook.name, "version": rulebook.version, "hash": rulebook.hash}


def _told(rulebook: policy.Rulebook) -> str:
    return f"{rulebook.name} version {rulebook.version} ({rulebook.hash[:12]})"
