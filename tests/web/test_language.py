"""The language of an answer is the one that the caller likes most."""

import pytest
from litestar.testing import RequestFactory

from sdc.web.language import language_of


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("es", "es"),
        ("es-MX,en;q=0.5", "es"),
        ("en;q=0.1, es;q=0.9", "es"),
        ("fr, es;q=0.2", "es"),
        ("en,es", "en"),
        ("es;q=0", "en"),
        ("es;q=often", "en"),
        ("fr", "en"),
        (";;;,", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_the_one_the_caller_likes_most(wish, language):
    assert language_of(RequestFactory().get("/", headers={"Accept-Language": wish})) == language
