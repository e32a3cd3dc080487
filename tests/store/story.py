"""A bit of everything, so that every table has rows: for tests that look at whole databases."""

from datetime import date

from ledgerline.base.ids import RefundId
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.claim_key import Command
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.record_payout import BankLine, record_payout
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.set_up_method import NewSetup, set_up_method
from ledgerline.subscriptions.model import Timing
from tests.expiring import expire_card
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.numbering import number_all
from tests.statements import statement, take

MONTHLY = "lossless_monthly"  # an add-on, as the next
YEARLY = "lossless_yearly"


async def live_two_months(world: World) -> None:
    """Live from January to March: whatever a subscription can do, and what can go wrong."""
    await _try_and_begin(world)
    late, waiting = await world.shopper(), await world.shopper()
    unpaid, waits = await world.buy(late), await world.buy(waiting)
    card = await _card(world, late)
    changes = await world.buy(await world.shopper("SE"))
    seats = await world.buy(await world.shopper(), quantity=3, add_ons=[MONTHLY])
    stays = await world.buy(await world.shopper(), command=Command("shop", "stays", b"stays"))
    await _refund(world, stays, 100)

    await world.advance(date(2026, 1, 11))
    await world.change(changes, "family_monthly")
    await world.change(changes, "duo_monthly")
    await world.change(seats, quantity=5)
    await world.steal_card(late)
    await world.change(unpaid, "family_monthly")
    japan = await world.shopper("JP")
    await world.give_credit(japan, "individual_monthly")
    await world.buy(japan, "duo_yearly", add_ons=[YEARLY])

    await world.advance(date(2026, 1, 21))
    await _give_up(world, stays, seats)
    await _change_too_late(world)
    await world.advance(date(2026, 2, 11))
    await world.change(seats, "student_monthly")
    await world.cancel(changes)
    await _refund(world, changes, 100)
    await world.steal_card(late, card)  # what is stored is what was given

    await world.advance(date(2026, 3, 1))
    await _reconcile(world)
    await _change(world, waiting, waits)
    await _erase(world)


async def _dispute(world: World) -> None:
    """Take back by dispute, by bank and by closed card what only the files will tell of."""
    both, held, returned, closed = [await world.buy(await world.shopper()) for _ in range(4)]
    await _refund(world, both, 1000)
    for bought in (both, held):
        await _step(world, bought, "open", reason="not_received")
    await _step(world, returned, "lose", kind="bank_return")
    refund = await _refund(world, closed, 200)
    account = await world.value("SELECT psp_account FROM refund WHERE id = %s", refund)
    await world.simulator.control("reversal", {"provider": account, "reference": str(refund)})


async def _set_up(world: World) -> None:
    """Set up one card whose bank wants to see its payer, and one whose does not."""
    for market in ("DE", "US"):
        token = f"tok_ok_set_up_{market}"
        new = NewSetup(
            customer_id=await world.customer(market),
            psp_account="aster",
            psp_token=token,
            brand="visa",
            last4="4242",
            return_url="https://shop.example",
        )
        await set_up_method(world.run, world.psps, new)


async def _step(world: World, bought: Bought, step: str, **more: str) -> None:
    [[account, attempt]] = await world.rows(
        "SELECT psp_account, id FROM attempt WHERE payment_id = %s", bought.payment_id
    )
    asked = {"provider": account, "reference": str(attempt), "step": step, **more}
    await world.simulator.control("dispute", asked)


async def _reconcile(world: World) -> None:
    """Take two files: one with a line too many, which the bank has paid, one that is not right."""
    await _set_up(world)
    rates = {"SEK": 90_000, "USD": 900_000, "JPY": 600_000}
    january = date(2026, 1, 1)
    first = await statement(world, january, days=31, rates=rates, broken="double_line")
    await take(world, first)
    [[reference, amount]] = await world.rows("SELECT reference, amount_minor FROM payout")
    line = BankLine(
        reference=reference, amount_minor=amount, paid_on=date(2026, 2, 3), note="statement 2"
    )
    await record_payout(world.run, line)
    wrong = await statement(world, date(2026, 2, 1), days=28, rates=rates, broken="wrong_total")
    await take(world, wrong)
    # a payout that an account owes fails, and is asked for again
    head, day = "kind,reference,id,gross,gross_currency,fee,net,currency,date\n", "EUR,2026-02-02\n"
    owed = f"fee,,fee_1,0,EUR,700,-700,{day}payout,,po_owed,700,EUR,0,700,{day}"
    await take(world, f"{head}{owed}total,po_owed,2,,,,-700,{day}".encode())
    again = f"payout_reversal,,po_owed,-700,EUR,0,-700,{day}payout,,po_anew,700,EUR,0,700,{day}"
    await take(world, f"{head}{again}total,po_anew,2,,,,-700,{day}".encode())


async def _try_and_begin(world: World) -> None:
    """Buy with everything that can be bought; these live on, each in its way."""
    await world.buy(await world.shopper(), trial=True, add_ons=[MONTHLY])
    await world.buy(await world.shopper("SE", "tok_recover_2"), trial=True)
    await world.buy(await world.shopper(), "studio_monthly")
    await world.buy(await world.shopper(), "individual_intro_monthly")
    await world.buy(await world.shopper(), coupon="WELCOME50")
    free = await world.buy(await world.shopper(), coupon="STAFF100", quantity=2)
    await world.change(free, "family_monthly")
    planned = await world.buy(await world.shopper("US"))
    await world.change(planned, "individual_yearly", timing=Timing.PERIOD_END)
    await world.buy(await world.shopper("US", "tok_decline_expired_card"))
    expires = await world.shopper()
    await world.buy(expires, "individual_yearly")
    await expire_card(world, expires, date(2026, 2, 1))
    await _dispute(world)


async def _change(world: World, shopper: Shopper, bought: Bought) -> None:
    """Change with a card whose provider says a day later that it took the money."""
    card = await _card(world, shopper)
    await world.steal_card(shopper, f"tok_pending_{bought.subscription_id}")
    await world.change(bought, "family_monthly")
    await world.steal_card(shopper, card)


async def _erase(world: World) -> None:
    """Buy, give some of it back, end, and erase who did."""
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await _refund(world, bought, 100)
    await world.cancel(bought)
    await number_all(world.run)
    await erase_customer(world.run, shopper.customer_id, actor="story", forfeits_credit=True)


async def _change_too_late(world: World) -> None:
    """Cancel while a change waits for its payment, which comes all the same."""
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await _change(world, shopper, bought)
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)


async def _give_up(world: World, stays: Bought, seats: Bought) -> None:
    """Give up units, a plan, some money and a plan that was planned."""
    await world.change(seats, quantity=2)
    await world.change(stays, "individual_yearly")
    await _refund(world, seats, 250)
    await world.change(seats, "student_monthly", timing=Timing.PERIOD_END)
    await world.undo(seats)


async def _refund(world: World, bought: Bought, amount_minor: int) -> RefundId:
    assert bought.payment_id is not None
    return await request_refund(
        world.run, world.psps, RefundOrder(bought.payment_id, amount_minor, "kindness")
    )


async def _card(world: World, shopper: Shopper) -> str:
    token: str = await world.value(
        "SELECT psp_token FROM instrument WHERE payment_method_id = %s", shopper.method_id
    )
    return token
