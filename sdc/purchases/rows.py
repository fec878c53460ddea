"""Many rows in one column of another statement, as JSON, so that one statement reads a whole picture."""

from typing import Any

from sqlalchemy import JSON
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class JsonRows(FunctionElement[list[list[Any]]]):
    """All rows of a subquery as a list of lists, in no order; an empty list when there are none."""

    name = "json_rows"
    type = JSON()
    inherit_cache = True


@compiles(JsonRows, "postgresql")
def _for_postgresql(element: JsonRows, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own options
    return f"coalesce(json_agg(json_build_array({compiler.process(element.clauses, **options)})), '[]')"


@compiles(JsonRows, "sqlite")
def _for_sqlite(element: JsonRows, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own options
    return f"json_group_array(json_array({compiler.process(element.clauses, **options)}))"
