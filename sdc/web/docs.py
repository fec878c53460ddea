"""The description of the API and a page to read it by, both served by us: no content network, no inline script."""

import importlib.resources
from pathlib import Path
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.serialization import encode_json

from sdc.web.public import PUBLIC

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>sdc: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<main id="api"></main>
<noscript>This page needs a script to lay out <a href="/openapi.json">the description of the API</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null, tryItOutEnabled: false});\n'
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


@get("/openapi.json", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def get_openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Describe the API (OpenAPI 3.1)."""
    return Response(encode_json(request.app.openapi_schema.to_schema()), media_type=MediaType.JSON)


@get("/docs", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def get_docs() -> Response[str]:
    """Show the description as a page."""
    return Response(_PAGE, media_type=MediaType.HTML, headers={"Content-Security-Policy": _POLICY})


@get("/docs/{asset:str}", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def get_docs_asset(asset: FromPath[str]) -> Response[bytes]:
    """Hand out one of the page's own files."""
    if asset == "start.js":
        return Response(_START.encode(), media_type="text/javascript")
    media_type = _ASSETS.get(asset)
    if media_type is None:
        raise NotFoundException
    return Response(_asset_folder().joinpath(asset).read_bytes(), media_type=media_type)


def _asset_folder() -> Path:
    return Path(str(importlib.resources.files("swagger_ui"))) / "static"


HANDLERS = [get_openapi, get_docs, get_docs_asset]
