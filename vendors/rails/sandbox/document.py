"""Stripe's own document, cut to what the sandbox serves: every call that comes in and every answer that leaves is held against it.

The cut and its licence are beside this file. It is made anew, and held against the installed SDK, by the tests.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from vendors.rails.sandbox.checking import Check, Compiler, Complaint
from vendors.rails.sandbox.refusals import Document, Refused

FILE: Final = Path(__file__).with_name("stripe-cut.json")


@dataclass(frozen=True, slots=True)
class Judge:
    """What the document says about one call."""

    asked: Check
    answered: Check
    refused: Check

    def complaint(self, status: int, answer: Document) -> Complaint | None:
        """Say what is wrong with an answer, if anything."""
        return self.answered(answer, "") if status == HTTPStatus.OK else self.refused(answer, "")


def check_call(call: str, given: Mapping[str, Any]) -> None:
    """Hold what was sent against the document.

    Raises:
        Refused: Stripe does not know a parameter, misses one, or takes another kind of value.

    """
    complaint = judge_of(call).asked(given, "")
    if complaint is not None:
        raise Refused(complaint.message, code=complaint.code, param=complaint.param)


@cache
def judge_of(call: str) -> Judge:
    """Compile what the document says about a call, the first time that it comes."""
    operation, schemas = _operations()[call]
    form = not call.partition(" ")[2].startswith("/v2/") or call.startswith("GET ")
    asked = Compiler(schemas, form=form).compiled(_of_request(operation))
    answers = Compiler(schemas, closed=True)
    responses = {name: one["content"]["application/json"]["schema"] for name, one in operation["responses"].items()}
    return Judge(asked, answers.compiled(responses["200"]), answers.compiled(responses["default"]))


@cache
def _operations() -> Mapping[str, tuple[Document, Document]]:
    document = json.loads(FILE.read_text())
    return {
        f"{method.upper()} {re.sub('{[a-z_]+}', '{id}', path)}": (operation, document["components"]["schemas"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


def _of_request(operation: Document) -> Document:
    nothing: Document = {"type": "object", "additionalProperties": False}
    if "requestBody" not in operation:
        return dict(operation.get("x-query-schema", nothing))
    (content,) = operation["requestBody"]["content"].values()
    return dict(content["schema"])
