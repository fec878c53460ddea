"""The gate before every route: who asks is known, and the route's permission holds for their role."""

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import Scope

from sdc.auth.permissions import ALLOWED, Permission
from sdc.auth.principal import Principal
from sdc.auth.tokens import authenticate
from sdc.errors import ConfigurationError, ForbiddenError, UnauthenticatedError

_BEARER = "bearer "


async def require_permission(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Let the request through only when its caller's role has the route's permission.

    Raises:
        UnauthenticatedError: no bearer token, or one that does not count.
        ForbiddenError: the role may not do this at all.

    """
    if _is_public(handler) or connection.scope.get("method") == HttpMethod.OPTIONS:  # the framework's own: it tells a path's methods
        return
    permission = _permission_of(handler)
    authorization = connection.headers.get("authorization", "")
    if not authorization:
        if permission is Permission.APPLY_AS_VENDOR:
            return
        raise UnauthenticatedError("this needs a bearer token")
    if not authorization.lower().startswith(_BEARER):
        raise UnauthenticatedError("the Authorization header is not a bearer token")
    state = connection.app.state
    async with state.sessions.read() as session:
        principal = await authenticate(session, authorization[len(_BEARER) :].strip(), at=state.clock.now())
    connection.scope["user"] = principal
    if principal.role not in ALLOWED[permission]:
        raise ForbiddenError(principal.role, permission)


def principal_of(scope: Scope) -> Principal | None:
    """Tell who the gate let through; nobody on a public route."""
    user = scope.get("user")
    return user if isinstance(user, Principal) else None


def refuse_undeclared_routes(app: Litestar) -> None:
    """Stop the application from starting when a route declares no permission.

    Raises:
        ConfigurationError: naming the routes.

    """
    undeclared = sorted(
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if method != "OPTIONS" and not _is_public(handler) and not isinstance(handler.opt.get("permission"), Permission)
    )
    if undeclared:
        raise ConfigurationError(f"these routes declare no permission: {', '.join(undeclared)}")


def _is_public(handler: BaseRouteHandler) -> bool:
    return handler.opt.get("public") is True


def _permission_of(handler: BaseRouteHandler) -> Permission:
    permission = handler.opt.get("permission")
    if not isinstance(permission, Permission):
        raise ConfigurationError(f"a route declares no permission: {handler}")
    return permission
