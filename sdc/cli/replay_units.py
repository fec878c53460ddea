"""The work of a dry run in pieces: several processes judge them, what is done is written down, and an interrupted run goes on from there.

A piece is a range of a file of facts, or some members read from the database. A process loads the draft once; it is sent no names.
"""

import asyncio
import base64
import gc
import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import click

import policy

PIECES = 64
LEAST_BYTES = 1 << 20
LONGEST_LINE = 1 << 20
_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class DryRunOf:
    """What is run: the draft as it is written, and the days that it judges."""

    draft: policy.Written
    first_day: date = date.min
    last_day: date = date.max

    def key(self, past: str) -> str:
        """Name the run over one past, so that nothing of another is taken for its own."""
        told = [self.draft.text, sorted(self.draft.bases.items()), str(self.first_day), str(self.last_day), past]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the past: a range of a file, or lines; `weight` is how far it brings the run."""

    name: str
    weight: int
    file: str | None = None
    start: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a piece."""

    tally: dict[str, Any]
    member_ids: bytes  # a short hash of each, so that nobody is counted twice


# ---- in the processes -----------------------------------------------------------------------------

_loaded: dict[str, Any] = {}


def load_run(run: DryRunOf, file: str | None) -> None:
    """Make a process ready: the draft, and the vendors that a file says at its head."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started it ends it
    gc.disable()  # almost nothing here is a cycle: each piece ends with one look
    _loaded["run"] = run
    _loaded["rulebook"] = policy.load(run.draft.text, bases=run.draft.bases, source=run.draft.source, version=run.draft.version)
    _loaded["vendors"] = {}
    if file is not None:
        with Path(file).open("rb") as opened:
            _loaded["vendors"] = policy.read_vendors(_lines_of(opened))


def judge_piece(piece: Piece) -> Done | tuple[int, str]:
    """Judge a piece again; or tell the number of the line that can not be read, counted from its start, and what is wrong."""
    run: DryRunOf = _loaded["run"]
    try:
        found = policy.run_draft(
            piece.lines if piece.file is None else _range_of(piece.file, piece.start, piece.weight),
            _loaded["rulebook"],
            vendors=_loaded["vendors"],
            first_day=run.first_day,
            last_day=run.last_day,
        )
    except policy.LineError as error:
        return error.number, error.problem
    gc.collect()
    hashes = sorted(hashlib.blake2b(member_id.encode(), digest_size=_ID_BYTES).digest() for member_id in found.member_ids)
    return Done(found.tally.to_data(), b"".join(hashes))


def _range_of(file: str, start: int, length: int) -> Iterator[bytes]:
    with Path(file).open("rb") as opened:
        opened.seek(start)
        for line in _lines_of(opened):
            yield line
            length -= len(line)
            if length <= 0:
                return


def _lines_of(opened: Any) -> Iterator[bytes]:  # noqa: ANN401 - a file of bytes
    number = 0
    while line := opened.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise policy.LineError(number, f"this is longer than {LONGEST_LINE:,} bytes")
        yield line


# ---- pieces of a file -----------------------------------------------------------------------------


def pieces_of(file: Path) -> list[Piece]:
    """Cut a file of facts into ranges that begin with a member.

    Raises:
        ClickException: the head of the file can not be read.

    """
    size = file.stat().st_size
    step = max(LEAST_BYTES, size // PIECES + 1)
    with file.open("rb") as opened:
        try:
            policy.read_vendors(_lines_of(opened))
        except policy.LineError as error:
            message = f"{file}, {error}"
            raise click.ClickException(message) from error
        opened.seek(0)
        starts = [_first_member(opened, "")]
        while starts[-1] + step < size:
            opened.seek(starts[-1] + step)
            opened.readline()
            start = _first_member(opened, None)
            if start >= size:
                break
            starts.append(start)
    ends = [*starts[1:], size]
    name = str(file)
    return [Piece(f"{start}-{end}", end - start, name, start) for start, end in zip(starts, ends, strict=True) if end > start]


def _first_member(opened: Any, before: str | None) -> int:  # noqa: ANN401 - a file of bytes
    """Find where the next member begins: whose id is not that of the line about a member before it, which may be the same one's."""
    start: int = opened.tell()
    while line := opened.readline(LONGEST_LINE):
        if b'"member"' in line:
            with suppress(ValueError, RecursionError):
                data = json.loads(line)
                if isinstance(data, dict) and data.get("line") == "member":
                    member_id = str(data.get("member", {}).get("id")) if isinstance(data.get("member"), dict) else ""
                    if before is not None and member_id != before:
                        return start
                    before = member_id
        start = opened.tell()
    return start


# ---- what is done ---------------------------------------------------------------------------------


class Notes:
    """What is done of a run, a line a piece in a file that only its owner reads: it holds numbers that are not to be shown.

    The file stays when the run is interrupted, or the machine stops. Once it is over, well or by a line that can not be read, it goes.
    """

    def __init__(self, file: Path | None, key: str) -> None:
        self.done: dict[str, Done] = {}
        self._file = file
        if file is None:
            return
        if file.exists():
            self._read(file, key)
        else:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
                opened.write(json.dumps({"run": key}) + "\n")

    def add(self, name: str, done: Done) -> None:
        """Note that a piece is done."""
        self.done[name] = done
        if self._file is not None:
            noted = {"piece": name, "tally": done.tally, "members": base64.b64encode(done.member_ids).decode()}
            with self._file.open("a", encoding="utf-8") as opened:
                opened.write(json.dumps(noted) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None and (error is None or isinstance(error, click.ClickException)):
            self._file.unlink(missing_ok=True)

    def _read(self, file: Path, key: str) -> None:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        try:
            first = json.loads(lines[0]) if lines else None
        except ValueError:
            first = None
        is_a_run = isinstance(first, dict) and first.keys() == {"run"}
        if not is_a_run or (first != {"run": key} and len(lines) > 1):  # of another run, of which nothing is done, nothing is lost
            message = f"{file} notes another run: take it away, or name another file by --checkpoint"
            raise click.ClickException(message)
        lines[0] = json.dumps({"run": key})
        for line in lines[1:]:
            with suppress(ValueError, KeyError):  # the last line, when the run ended in the middle of it
                noted = json.loads(line)
                self.done[noted["piece"]] = Done(noted["tally"], base64.b64decode(noted["members"]))
        file.write_text("\n".join([lines[0], *(json.dumps(self._noted(*one)) for one in self.done.items())]) + "\n", encoding="utf-8")

    @staticmethod
    def _noted(name: str, done: Done) -> dict[str, Any]:
        return {"piece": name, "tally": done.tally, "members": base64.b64encode(done.member_ids).decode()}


# ---- the run --------------------------------------------------------------------------------------


async def judge_pieces(
    pieces: AsyncIterator[Piece], run: DryRunOf, notes: Notes, *, processes: int, file: Path | None, advance: Callable[[int], object]
) -> policy.Tally:
    """Judge the pieces in several processes, and add up what came of them, in their order.

    Raises:
        ClickException: a line can not be read, or a member stands in two places.

    """
    loop = asyncio.get_running_loop()
    order: list[str] = []
    running: dict[asyncio.Future[Done | tuple[int, str]], Piece] = {}
    context = multiprocessing.get_context("spawn")
    named = None if file is None else str(file)
    with ProcessPoolExecutor(processes, mp_context=context, initializer=load_run, initargs=(run, named)) as pool:
        try:
            async for piece in pieces:
                order.append(piece.name)
                if piece.name in notes.done:
                    advance(piece.weight)
                    continue
                running[loop.run_in_executor(pool, judge_piece, piece)] = piece
                if len(running) > processes:
                    await _some(running, notes, advance)
            while running:
                await _some(running, notes, advance)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return _sum(notes.done[name] for name in order)


async def _some(running: dict[asyncio.Future[Any], Piece], notes: Notes, advance: Callable[[int], object]) -> None:
    finished, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for future in finished:
        piece, answer = running.pop(future), future.result()
        if isinstance(answer, tuple):
            message = f"{_place(piece, answer[0])}: {answer[1]}"
            raise click.ClickException(message)
        notes.add(piece.name, answer)
        advance(piece.weight)


def _place(piece: Piece, number: int) -> str:
    """Tell where a line is that can not be read."""
    if piece.file is None:
        return "what is stored can not be replayed"
    before = sum(1 for _ in _range_of(piece.file, 0, piece.start)) if piece.start else 0
    return f"{piece.file}, line {before + number}"


def _sum(all_of_them: Iterable[Done]) -> policy.Tally:
    tally = policy.Tally.nothing()
    members: set[bytes] = set()
    count = 0
    for done in all_of_them:
        tally.add(policy.Tally.from_data(done.tally))
        ids = [done.member_ids[at : at + _ID_BYTES] for at in range(0, len(done.member_ids), _ID_BYTES)]
        members.update(ids)
        count += len(ids)
    if len(members) < count:
        message = "the lines of a member stand in two places: all of them have to stand together"
        raise click.ClickException(message)
    return tally


def replay_file(
    file: Path, draft: policy.Written, *, processes: int = 2, notes: Path | None = None, advance: Callable[[int], object] = int
) -> policy.Tally:
    """Run a draft over a file of facts."""
    run = DryRunOf(draft)
    with Notes(notes, run.key(past_in(file))) as kept:
        return asyncio.run(judge_pieces(_each(pieces_of(file)), run, kept, processes=processes, file=file, advance=advance))


def past_in(file: Path) -> str:
    """Name a file of facts as it is now: once it is written anew, it is another past."""
    about = file.stat()
    return f"{file.resolve()} {about.st_size} {about.st_mtime_ns}"


async def _each(pieces: Iterable[Piece]) -> AsyncIterator[Piece]:
    for piece in pieces:
        yield piece
