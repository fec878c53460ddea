"""What SQLAlchemy compiles for one database of a kind serves the next: a run makes thousands of engines, production one or two.

A test that has to compile all its statements again spends a third of its time on it, and holds nothing by that.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.util import LRUCache

_STATEMENTS = 4_000
_known: dict[type[Dialect], Dialect] = {}
_compiled: LRUCache[Any, Any] = LRUCache(_STATEMENTS)


def share() -> None:
    """Let engines that are made from now on share their dialect, and by it what was compiled.

    No two engines of this project differ in what a dialect is told when it is made; only in how they connect.
    """
    for kind in (PGDialect_asyncpg, SQLiteDialect_aiosqlite):
        kind.engine_created = classmethod(_adopt)  # type: ignore[method-assign, assignment]  # its hook for this moment


def _adopt(kind: type[Dialect], engine: Engine) -> None:
    engine._compiled_cache = _compiled
    if kind in _known:
        engine.dialect = _known[kind]
        return

    @event.listens_for(engine.pool, "connect")
    def _make_known(connection: object, record: object) -> None:  # by then it has asked the server what it can do
        _known.setdefault(kind, engine.dialect)
