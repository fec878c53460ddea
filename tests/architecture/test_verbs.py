"""A verb never ends a transaction, reads the clock or makes an id: whoever calls it does."""

import re

from tests.architecture.tree import LIBRARIES, calls, name_of, python_files

# What ends its own transactions, with the reason.
MAY_COMMIT = {
    "vendors/rails/sandbox/": "another process with a file of its own, durable before each answer, as the real one is",
}

# What may ask the machine, with the reason.
MAY_ASK_THE_MACHINE = {
    "sdc/clock.py": "the clock",
    "sdc/ids.py": "the ids",
    "sdc/cli/demo/": "a client from outside, which makes the keys of its own requests",
    "vendors/rails/sandbox/": "another process, with a clock and ids of its own, as the real one has",
}

# The edge of the application: what a request, a job or a command enters through, and names the instant.
EDGE = re.compile(
    r"sdc/(app|jobs|problems|clock)\.py"  # the process
    r"|sdc/(cli|auth|web|outbox|idempotency)/.*"  # commands, and what every request and job passes
    r"|sdc/\w+/(api|jobs)(\.py|/\w+\.py)"  # a feature's routes and its jobs
)

ENDS_A_TRANSACTION = re.compile(r"(?!savepoint\.).*\.(commit|rollback)")  # a savepoint is part of the caller's transaction
ASKS_THE_MACHINE = re.compile(
    r"(.*\.)?(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime)|uuid[14678]|uuid_utils\..*|getnow)"
)
READS_THE_CLOCK = re.compile(r"(?!work\.).*\.now|machine_now|clock\.machine_now")  # only a job is handed its `work`


def found(pattern, tops, allowed):
    return [
        f"{name_of(path)}:{line} {call}"
        for path in python_files(*tops)
        if not allowed(name_of(path))
        for call, line in calls(path)
        if pattern.fullmatch(call)
    ]


def test_no_library_and_no_verb_ends_a_transaction():
    assert found(ENDS_A_TRANSACTION, (*LIBRARIES, "sdc"), lambda name: name.startswith(tuple(MAY_COMMIT))) == []


def test_nothing_asks_the_machine_for_time_or_ids_but_the_clock_and_the_ids():
    assert found(ASKS_THE_MACHINE, (*LIBRARIES, "sdc"), lambda name: name.startswith(tuple(MAY_ASK_THE_MACHINE))) == []


def test_only_the_edge_reads_the_clock():
    assert found(READS_THE_CLOCK, ("sdc",), EDGE.fullmatch) == []


def test_every_exception_is_still_needed():
    everything = {name_of(path) for path in python_files()}

    assert [place for place in (*MAY_COMMIT, *MAY_ASK_THE_MACHINE) if not any(name.startswith(place) for name in everything)] == []
