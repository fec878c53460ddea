"""One decision of the full Florida rulebook over all its cases, with a long history and in a search; and loading the rulebook."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import policy
from benchmarks.figures import Figures
from tests.policy.questions import MEMBERS, book, cases, fixtures, text

PROGRAM = "florida"
MOST_MICROSECONDS = 50
MOST_LOADING_MILLISECONDS = 50
LONG = 1_000
_AT_A_TIME = 20


def measure(figures: Figures, *, quick: bool) -> None:
    """Print what a decision and loading take: medians of many rounds in turn, so that all cases and ways see the same machine."""
    rounds = 30 if quick else 150
    rulebook, questions = book(PROGRAM), authorize_cases()
    rules = len(rulebook.by_stage["authorize"])
    print(f"one decision of {rulebook.title} ({rules} rules at authorize), mean of the medians of {len(questions)} cases")
    ways = {"decision": anew, "decision_of_a_known_member": of_a_known_member, "decision_asked_again": again}
    for name, taken in in_turn(rulebook, questions, ways, rounds).items():
        _tell(figures, name, taken, at_most=MOST_MICROSECONDS)

    print(f"the same after {LONG:,} purchases in the budget's period")
    long_ago = {name: with_a_long_history(question) for name, question in questions.items()}
    kept = in_turn(rulebook, long_ago, {"decision_long_history_kept_summed": of_a_known_history}, rounds)
    summed = in_turn(rulebook, long_ago, {"decision_long_history_summed_anew": of_a_known_member}, max(5, rounds // 10))
    for name, taken in (kept | summed).items():
        _tell(figures, name, taken, at_most=MOST_MICROSECONDS if name in kept else None)

    print("loading the rulebook and what it inherits from their texts")
    figures.add("loading", loading_milliseconds(10 if quick else 50), "ms", at_most=MOST_LOADING_MILLISECONDS)


def authorize_cases() -> dict[str, policy.Facts]:
    """Return the facts of all cases that ask Florida about a request."""
    rulebook = book(PROGRAM)
    asked = [one for one in cases() if MEMBERS[one["member"]] == PROGRAM and one.get("stage", "authorize") == "authorize"]
    return {one["id"]: policy.case_facts(one, fixtures(), rulebook) for one in asked}


def with_a_long_history(question: policy.Facts) -> policy.Facts:
    """Return a question after a thousand small purchases, spread over the period, the vendors and the categories."""
    first, vendors, categories = question.budget.starts_on, sorted(fixtures()["vendors"]), sorted(book(PROGRAM).categories)
    days = (question.budget.ends_on - first).days
    history = tuple(
        policy.Spend(
            categories[number % len(categories)],
            10 + number % 90,
            first + timedelta(days=number % days),
            vendors[number % len(vendors)],
            "posted",
        )
        for number in range(LONG)
    )
    return replace(question, history=question.history + history)


def anew(part: Any) -> Any:  # noqa: ANN401 - facts, or a part of them
    """Return facts just gathered: new in each part, so that nothing about them is known yet."""
    parts = {one.name: getattr(part, one.name) for one in fields(part) if one.init}
    return replace(part, **{name: anew(value) for name, value in parts.items() if is_dataclass(value)})


def of_a_known_member(question: policy.Facts) -> policy.Facts:
    """Return a new request of a member, a plan, a budget and a vendor that were met before."""
    return replace(question, request=replace(question.asked))


def of_a_known_history(question: policy.Facts) -> policy.Facts:
    """Return the same with the history summed and sorted already: as in a dry run."""
    return of_a_known_member(question).remembering(question.totals, question.past)


def again(question: policy.Facts) -> policy.Facts:
    """Return the very same facts."""
    return question


Way = Callable[[policy.Facts], policy.Facts]


def in_turn(
    rulebook: policy.Rulebook, questions: dict[str, policy.Facts], ways: dict[str, Way], rounds: int
) -> dict[str, dict[str, float]]:
    """Return the median microseconds of a decision, by the way its facts came about and by case."""
    taken: dict[str, dict[str, list[float]]] = {way: {case: [] for case in questions} for way in ways}
    gc.disable()
    for _ in range(rounds):
        for case, question in questions.items():
            for way, fresh in ways.items():
                many = [fresh(question) for _ in range(_AT_A_TIME)]
                taken[way][case].append(microseconds(partial(_decide, rulebook, many), _AT_A_TIME))
    gc.enable()
    return {way: {case: statistics.median(found) for case, found in cases_.items()} for way, cases_ in taken.items()}


def _decide(rulebook: policy.Rulebook, questions: list[policy.Facts]) -> None:
    for question in questions:
        policy.evaluate(rulebook, question)


def microseconds(act: Callable[[], object], times: int) -> float:
    """Return the processor time of each of several acts: nothing is waited for, so that on an idle machine it is the time that passes."""
    start = time.thread_time_ns()
    act()
    return (time.thread_time_ns() - start) / 1_000 / times


def loading_milliseconds(rounds: int) -> float:
    """Return the median time of loading the program's rulebook and its base from their texts."""
    own, base = text(PROGRAM), text("base")
    return statistics.median(microseconds(lambda: policy.load(own, bases={"base": base}), 1) / 1_000 for _ in range(rounds))


def _tell(figures: Figures, name: str, by_case: dict[str, float], *, at_most: float | None = None) -> None:
    figures.add(name, statistics.mean(by_case.values()), "us", at_most=at_most)
    told = "  ".join(f"{share}% {value:.1f}" for share, value in _spread(sorted(by_case.values())))
    slowest = max(by_case, key=lambda case: by_case[case])
    print(f"      {told}  slowest {slowest}", flush=True)


def _spread(values: Sequence[float]) -> list[tuple[int, float]]:
    return [(share, values[min(len(values) - 1, share * len(values) // 100)]) for share in (0, 25, 50, 75, 90, 100)]
