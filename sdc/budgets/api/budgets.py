"""Routes of a member's budgets (one budget with what is spent and waiting is shown by `purchases`)."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.budgets.allocating import allocate_budget
from sdc.budgets.closing import close_budget
from sdc.budgets.forms import BudgetCloseIn, BudgetClosingOut, BudgetIn, BudgetOut, BudgetPage, NewBudgetOut
from sdc.budgets.model import Budget
from sdc.budgets.reading import budgets_of, with_balances
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.members.reading import find_member
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page


@post("/v1/members/{member_id:uuid}/budgets", status_code=HTTP_201_CREATED, opt={"permission": Permission.ALLOCATE_BUDGETS})
async def create_budget(
    member_id: FromPath[UUID],
    data: JSONBody[BudgetIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[NewBudgetOut]:
    """Allocate a budget to a member. What is due of it by the program's release is available at once."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        member = await find_member(call.session, member_id, who=who, at=at)
        budget = await allocate_budget(
            call.session,
            member,
            id=new_id(),
            funding_source_id=data.funding_source_id,
            amount_cents=data.amount_cents,
            starts_on=data.starts_on,
            ends_on=data.ends_on,
            by=who.id,
            at=at,
            lines=data.split(),
        )
        (shown,) = await with_balances(call.session, [budget])
        return call.answer(NewBudgetOut.of(shown))


@get("/v1/members/{member_id:uuid}/budgets", opt={"permission": Permission.SEE_BUDGETS})
async def list_budgets(
    member_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> BudgetPage:
    """List the budgets of a member, each with where its money is now."""
    at = clock.now()
    async with sessions.read() as session:
        member = await find_member(session, member_id, who=who, at=at)
        rows, next_cursor = await read_page(session, budgets_of(member), Budget.id, limit=limit, cursor=cursor)
        budgets = await with_balances(session, rows)
    await journal.record_view(sessions, "budgets.listed", subject=member.id, by=who.id, at=at, count=len(rows))
    return page_bytes(BudgetPage, budgets, BudgetOut.of, next_cursor)


@post("/v1/budgets/{budget_id:uuid}/close", status_code=HTTP_200_OK, opt={"permission": Permission.CLOSE_BUDGETS})
async def close_one_budget(
    budget_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    data: JSONBody[BudgetCloseIn | None] = None,
) -> Response[BudgetClosingOut]:
    """Give back to its payer what a budget did not use by its end; what is saved may be kept up to an amount."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        kept_cents = data.keep_saved_cents if data else 0
        closing = await close_budget(call.session, budget_id, id=new_id(), keep_saved_cents=kept_cents, by=who.id, at=at)
        return call.answer(BudgetClosingOut.model_validate(closing), HTTP_200_OK)


HANDLERS = [create_budget, list_budgets, close_one_budget]
