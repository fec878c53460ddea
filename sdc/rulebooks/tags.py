"""Tags that are meant for a rule and written so that it does not see them."""

from collections.abc import Sequence
from difflib import get_close_matches

import policy
from sdc.errors import FieldError, InvalidFieldError

_LIKENESS = 0.8
"""How much of two tags has to agree (Ratcliff and Obershelp 1988) for one to be taken for a slip of the other."""


def check_tags(rulebook: policy.Rulebook, tags: Sequence[str]) -> None:
    """Refuse a tag that the rules do not know and that is nearly one they do: a ban must not be lifted by a slip of the hand.

    Other tags are free: they say what a thing is, and no rule asks for them.

    Raises:
        InvalidFieldError: naming each such tag, and the one that was probably meant.

    """
    wrong = []
    for tag in tags:
        meant = [] if tag in rulebook.writing.tags else get_close_matches(tag, sorted(rulebook.writing.tags), n=1, cutoff=_LIKENESS)
        wrong += [FieldError("tags", f"{tag} is no tag that the rules know; {one} is") for one in meant]
    if wrong:
        raise InvalidFieldError(wrong[0].field, wrong[0].message, more=wrong[1:])
