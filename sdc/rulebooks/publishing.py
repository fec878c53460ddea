"""Publish the rulebooks that come with the service as version 1 of each."""

from datetime import date, datetime
from pathlib import Path

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc import journal
from sdc.ids import NAMESPACE, derived_id
from sdc.rulebooks.model import RulebookVersion

SHIPPED = Path(__file__).parents[1] / "shipped" / "rulebooks"
FROM_THE_START = date(2000, 1, 1)
"""Since when a shipped rulebook judges: before any program began."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


async def publish_shipped(session: AsyncSession, *, folder: Path = SHIPPED, at: datetime) -> list[RulebookVersion]:
    """Store each shipped rulebook that has no version yet, and answer those; a file's name is its rulebook's."""
    texts = _read(folder)
    standing = set(await session.scalars(select(RulebookVersion.name).where(RulebookVersion.name.in_(texts))))
    return [_publish(session, name, texts, at=at) for name in texts if name not in standing]


def _read(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}


def _ancestors(name: str, texts: dict[str, str]) -> dict[str, str]:
    """Collect what a rulebook inherits from, so that its stored version stands by itself."""
    found: dict[str, str] = {}
    parent = _parent(texts[name])
    while parent in texts and parent not in found:
        found[parent] = texts[parent]
        parent = _parent(texts[parent])
    return found


def _parent(text: str) -> str | None:
    parent: str | None = yaml.load(text, Loader=_LOADER).get("inherits")  # noqa: S506 - safe, and ten times as fast as the other safe one
    return parent


def _publish(session: AsyncSession, name: str, texts: dict[str, str], *, at: datetime) -> RulebookVersion:
    bases = _ancestors(name, texts)
    loaded = policy.load(texts[name], bases=bases, source=name, version=1)
    version = RulebookVersion(
        id=derived_id(NAMESPACE, f"rulebook {loaded.name} {loaded.version} {loaded.hash}"),
        name=loaded.name,
        version=loaded.version,
        source=texts[name],
        bases=bases,
        hash=loaded.hash,
        is_abstract=loaded.is_abstract,
        effective_from=FROM_THE_START,
        published_at=at,
    )
    session.add(version)
    journal.record(session, "rulebook.published", subject=version.id, by=None, at=at, name=name, version=version.version, hash=version.hash)
    return version
