"""When two words are nearly the same: one letter apart, or the same sound. Both are symmetric."""

from functools import lru_cache
from typing import Final

FEWEST_LETTERS: Final = 4
"""In shorter words one letter makes another name (Lee, Lea)."""

_SOUNDS: Final = (("PH", "F"), ("CK", "K"), ("SCH", "SH"), ("TZ", "Z"), ("DT", "T"), ("GH", "G"), ("WR", "R"), ("KN", "N"))
_ALIKE: Final = str.maketrans("CQZYVJ", "KKSIWG")
_SILENT: Final = frozenset("AEIOUH")
_FEWEST_SOUNDS: Final = 3


def is_one_letter_apart(one: str, other: str) -> bool:
    """Say whether one letter was added, left out, changed, or changed places with its neighbour; never in words under four letters."""
    if one == other:
        return False
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if len(shorter) < FEWEST_LETTERS or len(longer) - len(shorter) > 1:
        return False
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    if len(shorter) < len(longer):
        return shorter[start:] == longer[start + 1 :]
    rest, other_rest = shorter[start + 1 :], longer[start + 1 :]
    return rest == other_rest or (shorter[start] == other_rest[:1] and longer[start] == rest[:1] and rest[1:] == other_rest[1:])


def letters_left_out(word: str) -> set[str]:
    """Give the word itself and each form of it with one letter less: two words that are one letter apart share one of these."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))} if len(word) >= FEWEST_LETTERS else {word}


@lru_cache(maxsize=131_072)
def sound_of(word: str) -> str:
    """Write a surname as it sounds: Schmidt and Schmitt, Meyer and Meier. Empty where too little is left to tell names apart."""
    for written, said in _SOUNDS:
        word = word.replace(written, said)
    word = word.translate(_ALIKE)
    sound = word[:1]
    for letter in word[1:]:
        if letter not in _SILENT and letter != sound[-1]:
            sound += letter
    return sound if len(sound) >= _FEWEST_SOUNDS else ""


def sounds_like(one: str, other: str) -> bool:
    """Say whether two surnames sound the same."""
    sound = sound_of(one)
    return bool(sound) and sound == sound_of(other)
