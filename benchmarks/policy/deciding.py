"""One decision of the full Florida rulebook, and loading it: over all its cases, with a long history, and beside a search that varies one."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
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
    """Print what a decision and loading take: medians of many rounds in turn, so that all cases see the same machine."""
    rounds = 30 if quick else 150
    rulebook = book(PROGRAM)
    questions = authorize_cases()
    print(f"one decision of {rulebook.title} ({len(rulebook.by_stage['authorize'])} rules at authorize), {len(questions)} cases, microseconds")
    _tell(figures, "decision", in_turn(rulebook, questions, anew, rounds), at_most=MOST_MICROSECONDS)
    _tell(figures, "decision_of_a_known_member", in_turn(rulebook, questions, replace, rounds))
    varied = in_turn(rulebook, questions, lambda question: question.varied(request=replace(question.asked)), rounds)
    _tell(figures, "decision_varied_in_a_search", varied)

    print(f"the same after {LONG:,} purchases in the budget's period, microseconds")
    long_ago = {name: with_a_long_history(question) for name, question in questions.items()}
    _tell(figures, "decision_long_history", in_turn(rulebook, long_ago, anew, max(5, rounds // 10)))
    kept = in_turn(rulebook, long_ago, lambda one: anew(one).remembering(one.totals, one.past), rounds)
    _tell(figures, "decision_long_history_kept_summed", kept, at_most=MOST_MICROSECONDS)

    print("loading a rulebook with what it inherits, milliseconds")
    figures.add("loading", loading_milliseconds(10 if quick else 50), "ms, median", at_most=MOST_LOADING_MILLISECONDS)


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


def in_turn(
    rulebook: policy.Rulebook, questions: dict[str, policy.Facts], fresh: Callable[[policy.Facts], policy.Facts], rounds: int
) -> dict[str, float]:
    """Return the median microseconds of a decision, by case."""
    taken: dict[str, list[float]] = {name: [] for name in questions}
    gc.disable()
    for _ in range(rounds):
        for name, question in questions.items():
            many = [fresh(question) for _ in range(_AT_A_TIME)]
            taken[name].append(microseconds(lambda: [policy.evaluate(rulebook, one) for one in many], _AT_A_TIME))  # noqa: B023 - called at once
    gc.enable()
    return {name: statistics.median(found) for name, found in taken.items()}


def microseconds(act: Callable[[], object], times: int) -> float:
    """Return what each of several acts took."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1_000_000 / times


def loading_milliseconds(rounds: int) -> float:
    """Return the median time of loading the program's rulebook and its base from their texts."""
    own, base = text(PROGRAM), text("base")
    return statistics.median(microseconds(lambda: policy.load(own, bases={"base": base}), 1) / 1_000 for _ in range(rounds))


def _tell(figures: Figures, name: str, by_case: dict[str, float], *, at_most: float | None = None) -> None:
    figures.add(name, statistics.mean(by_case.values()), "us, mean of the cases", at_most=at_most)
    told = "  ".join(f"{share}% {value:.1f}" for share, value in _spread(sorted(by_case.values())))
    slowest = max(by_case, key=lambda case: by_case[case])
    print(f"      {told}  slowest {slowest}", flush=True)


def _spread(values: Sequence[float]) -> list[tuple[int, float]]:
    return [(share, values[min(len(values) - 1, share * len(values) // 100)]) for share in (0, 25, 50, 75, 90, 100)]
