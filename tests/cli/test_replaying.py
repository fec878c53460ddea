"""A draft is run over a file of facts or the database: what would change is told, hidden where few are behind it; nothing is stored."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from sdc.cli import replay_units, replaying
from sdc.rulebooks.publishing import SHIPPED
from tests.cli.typing_commands import sdc
from tests.policy.pasts import HEAD, a_member, asks
from tests.purchases.world import a_world

DRAFT = "rulebook: florida_next\ninherits: florida\nrules:\n  A01: {params: {over_cents: 3000}}\n"


@pytest.fixture
def draft(tmp_path):
    file = tmp_path / "draft.yaml"
    file.write_text(DRAFT)
    return file


@pytest.fixture
def facts(tmp_path):
    """Let twelve members ask for something dear, and twenty for something cheap."""
    lines = [
        line for number in range(32) for line in (a_member(f"m{number}"), asks(f"r{number}", "2026-07-10", 4_000 if number < 12 else 100))
    ]
    file = tmp_path / "facts.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in (*HEAD, *lines)))
    return file


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(replay_units, "LEAST_BYTES", 4_000)


def replay(draft: Path, facts: Path, *more: str):
    return sdc("policy", "replay", "--draft", str(draft), "--facts", str(facts), "--processes", "1", *more)


def test_what_would_change_is_told(draft, facts):
    told = replay(draft, facts)

    assert told.code == 0, told.err
    assert "32 decisions judged again by florida_next 1: 12 would be others, of 12 members" in told.out
    assert "waiting for a yes that is taken to come as it did: 12" in told.out
    assert "WELL_GYM, about $40.00: approve -> needs_approval (A01)" in told.out
    assert not (draft.parent / "draft.yaml.replay").exists()


def test_the_report_is_data_too_and_days_can_be_chosen(draft, facts):
    told = json.loads(replay(draft, facts, "--json").out)
    later = json.loads(replay(draft, facts, "--json", "--from", "2026-07-11").out)

    assert told["draft"]["name"] == "florida_next"
    assert told["by_rule"]["A01"] == {"decisions": 12, "members": 12, "no_longer_cents": 0, "newly_cents": 0}
    assert (later["decisions"], later["changed"]["decisions"]) == (0, 0)


def test_the_numbers_of_few_are_hidden(draft, facts):
    facts.write_text("\n".join(facts.read_text().splitlines()[: len(HEAD) + 2 * 10]) + "\n")

    told = replay(draft, facts)

    assert "hidden decisions judged again by florida_next 1: hidden would be others, of hidden members" in told.out


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ("{", "line 20: this is no JSON object"),
        (b"\xff", "line 20: this is no JSON object"),
        ("[" * 100_000, "line 20: this is no JSON object"),
        ('{"line": "request", "id": ' + "9" * 5_000 + "}", "line 20: this is no JSON object"),
        ('{"line": "order"}', "line 20: line: this line, or its form, is not known"),
        ('{"line": "request"}', "line 20: id: this is missing"),
        (json.dumps(a_member("m1")), "line 22: member: the lines of this member ended before"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_nothing_is_told(draft, facts, broken, problem):
    lines = facts.read_bytes().splitlines()
    facts.write_bytes(b"\n".join([*lines[:19], broken if isinstance(broken, bytes) else broken.encode(), *lines[19:]]) + b"\n")

    told = replay(draft, facts)

    assert (told.code, told.out) == (1, "")
    assert problem in told.err or "the lines of a member stand in two places" in told.err


@pytest.mark.parametrize("head", [[], [{"line": "facts", "form": 2}], [{"line": "vendor"}], HEAD[1:]])
def test_a_file_of_another_form_is_refused(draft, tmp_path, head):
    file = tmp_path / "other.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in [*head, a_member()]))

    told = replay(draft, file)

    assert told.code == 1
    assert "other.jsonl, line 1: " in told.err


def test_an_empty_file_and_a_line_without_end_are_refused(draft, tmp_path, monkeypatch):
    monkeypatch.setattr(replay_units, "LONGEST_LINE", 1_000)
    empty, endless = tmp_path / "empty.jsonl", tmp_path / "endless.jsonl"
    empty.write_text("")
    endless.write_text(json.dumps({"line": "facts", "form": 1}) + "\n" + "x" * 2_000)

    assert "empty.jsonl, line 1: the first line is" in replay(draft, empty).err
    assert "endless.jsonl, line 2: this is longer than 1,000 bytes" in replay(draft, endless).err


def test_a_draft_that_cannot_be_used_is_refused_before_anything_is_run(draft, facts):
    draft.write_text(DRAFT.replace("over_cents", "over_dollars"))

    told = replay(draft, facts)

    assert told.code == 1
    assert "draft.yaml, line 4" in told.err


def test_days_in_the_wrong_order_are_refused(draft, facts):
    assert replay(draft, facts, "--from", "2026-08-01", "--to", "2026-07-01").code == 2


def test_an_interrupted_run_goes_on_from_what_is_done(draft, facts, monkeypatch):
    whole = replay(draft, facts, "--json").out
    judged: list[str] = []
    add = replay_units.Notes.add

    def interrupt(notes, name, done):
        add(notes, name, done)
        judged.append(name)
        if len(judged) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(replay_units.Notes, "add", interrupt)
    interrupted = replay(draft, facts, "--json")
    noted = draft.parent / "draft.yaml.replay"
    assert (interrupted.code, interrupted.out) == (1, "")
    assert "the same command goes on from there" in interrupted.err
    assert noted.stat().st_mode & 0o077 == 0
    with noted.open("a") as opened:
        opened.write('{"piece": "half a li')

    gone_on = replay(draft, facts, "--json")

    assert gone_on.out == whole
    assert len(judged) == len(set(judged)) == len(replay_units.pieces_of(facts)) > 3
    assert not noted.exists()


@pytest.mark.parametrize("content", ['{"run": "another"}\n{"piece": "1-2"}\n', "", "a letter\n", '["run"]\n'])
def test_notes_of_another_run_and_other_files_are_not_written_over(draft, facts, tmp_path, content):
    notes = tmp_path / "notes"
    notes.write_text(content)

    told = replay(draft, facts, "--checkpoint", str(notes))

    assert told.code == 1
    assert "notes another run" in told.err
    assert notes.read_text() == content


def test_notes_of_another_run_of_which_nothing_is_done_are_no_loss(draft, facts, tmp_path):
    notes = tmp_path / "notes"
    notes.write_text('{"run": "another"}\n')

    assert replay(draft, facts, "--checkpoint", str(notes)).code == 0
    assert not notes.exists()


def test_a_file_is_cut_where_a_member_begins(facts):
    pieces = replay_units.pieces_of(facts)
    data = facts.read_bytes()

    assert b"".join(data[piece.start : piece.start + piece.weight] for piece in pieces) == data[data.index(b'{"line": "member"') :]
    assert all(data[piece.start :].startswith(b'{"line": "member"') for piece in pieces)


async def test_the_past_in_the_database_is_judged_again_and_stays_as_it_is(database_url, tmp_path, capsys):
    draft = tmp_path / "florida.yaml"
    draft.write_text((SHIPPED / "florida.yaml").read_text().replace("version: 1", "version: 2", 1))
    async with a_world(database_url) as world:
        for _ in range(3):
            await world.ask()
        settings = world.serving.work.settings
        run = replay_units.DryRunOf(replaying._written(draft)[0])

        tally = await replaying._over_database(run, settings, database_url, tmp_path / "notes", processes=1)

        async with world.serving.sessions.read() as session:
            stored = await session.scalar(text("SELECT count(*) FROM decisions"))
    assert (tally.judged, tally.members, tally.report()["changed"]["decisions"], stored) == (3, 1, 0, 3)
    assert "Ana" not in capsys.readouterr().out


def test_a_draft_that_no_program_would_follow_is_refused(draft, sqlite_url):
    told = sdc("policy", "replay", "--draft", str(draft), database_url=sqlite_url)

    assert told.code == 1
    assert "no program decides by rulebook 'florida_next'" in told.err


def test_an_empty_database_has_no_decision_that_is_not_the_same(sqlite_url):
    told = sdc("policy", "verify-decisions", database_url=sqlite_url)

    assert (told.code, told.out) == (0, "0 decisions made again: each is the same\n")


async def test_a_decision_that_was_changed_is_named_and_the_command_fails(sqlite_url, capsys):
    async with a_world(sqlite_url) as world:
        await world.ask()
        async with world.serving.sessions.begin() as session:
            for name in (
                await session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'decisions'"))
            ).all():
                await session.execute(text(f"DROP TRIGGER {name}"))
            await session.execute(text("UPDATE decisions SET outcome = 'deny'"))

        is_ok = await replaying.verify_decisions(world.serving.work.settings, sqlite_url)

        assert not is_ok
        assert "its facts give another decision: approve by no rule; what stands is deny by no rule" in capsys.readouterr().out
        async with world.serving.sessions.begin() as session:
            await session.execute(text("DELETE FROM decisions"))
