"""Mails over SMTP: each at most once, whatever the server answers and whoever dies."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from ledgerline.base.ids import CustomerId, MailId, bucket_of
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.create_customer import NewCustomer, create_customer
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.resend_mail import resend_mail
from ledgerline.flows.send_mails import send_mails
from ledgerline.flows.unblock_mails import unblock_mails
from ledgerline.mail.adapters.smtp import SmtpPost, Tls
from ledgerline.mail.model import MailNotFound, MailNotResendable
from ledgerline.subscriptions.model import Timing
from tests.flow_values import Shopper
from tests.flow_world import World
from tests.mailing import deliver_all, states
from tests.numbering import number_all
from tests.post_office import SENDER, PostOffice, post_office

SETTLED = "UPDATE mail SET due_at = now() - interval '1 second' WHERE state = %s"


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def live(world: World) -> AsyncIterator[None]:
    """Let the world be one that sends; its clock stands where the run has it."""
    await deliver_all(world)
    instant = await world.value("SELECT instant FROM environment")
    await world.write("UPDATE environment SET kind = 'live', instant = NULL")
    yield
    await world.write("DELETE FROM mail WHERE state IN ('waiting', 'sending')")
    await world.write("UPDATE environment SET kind = 'sandbox', instant = %s", instant)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as opened:
        yield opened


async def _customer(world: World, email: str = "ada@mail.example") -> CustomerId:
    """Let somebody buy, so that there is an order and a receipt to tell of."""
    customer_id = await create_customer(world.run, NewCustomer("SE", name="Ada", email=email))
    shopper = Shopper(customer_id, await world.method(customer_id))
    bought = await world.buy(shopper)
    await number_all(world.run)
    assert bought.payment_id is not None
    return customer_id


async def _only_receipt(world: World, customer_id: CustomerId) -> MailId:
    """Leave one mail to be sent: the receipt."""
    await deliver_all(world)  # nowhere yet: without a server they wait
    await world.write("DELETE FROM mail WHERE customer_id = %s AND kind <> 'receipt'", customer_id)
    found: MailId = await world.value("SELECT id FROM mail WHERE customer_id = %s", customer_id)
    return found


async def _waits_again(world: World, mail_id: MailId) -> MailId:
    """Let a mail wait that was asked for before its address was refused."""
    new_id = MailId(world.run.new_id(bucket_of(mail_id)))
    await world.write(
        "INSERT INTO mail SELECT (m).* FROM (SELECT jsonb_populate_record(x, jsonb_build_object("
        "'id', %s::text, 'sequence', 2, 'actor', 'kim', 'state', 'waiting', 'reason', NULL,"
        " 'tries', 0, 'due_at', now(), 'ended_at', NULL)) AS m FROM mail AS x WHERE id = %s) AS n",
        str(new_id), mail_id,
    )  # fmt: skip
    return new_id


async def _stands(world: World, mail_id: MailId) -> tuple[str, str | None, int]:
    [row] = await world.rows("SELECT state, reason, tries FROM mail WHERE id = %s", mail_id)
    return row[0], row[1], row[2]


async def test_a_mail_is_taken_once_with_its_parts_and_files(
    world: World, office: PostOffice
) -> None:
    customer_id = await _customer(world)
    # when it is delivered, again and again
    for _ in range(3):
        await deliver_all(world, office.post())
    # then the server has each once
    assert {(kind, state) for kind, state, _ in await states(world, customer_id)} == {
        ("order_confirmed", "sent"), ("receipt", "sent"),
    }  # fmt: skip
    assert len(office.seen) == len(office.taken) == 2
    by_files = sorted(office.messages(), key=lambda one: len(list(one.walk())))
    order, receipt = by_files
    assert order["To"] == receipt["To"] == "ada@mail.example"
    assert SENDER in receipt["From"]
    assert receipt["Auto-Submitted"] == "auto-generated"
    assert order["Message-ID"] != receipt["Message-ID"]
    types = [part.get_content_type() for part in receipt.walk()]
    assert types == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html",
        "application/pdf", "application/pdf",
    ]  # fmt: skip
    for part in receipt.walk():
        if part.get_content_type() == "application/pdf":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            assert content.startswith(b"%PDF")


async def test_without_a_server_mails_wait(world: World, office: PostOffice) -> None:
    mail_id = await _only_receipt(world, await _customer(world))
    assert await _stands(world, mail_id) == ("waiting", None, 0)
    await deliver_all(world, office.post())
    assert (await _stands(world, mail_id))[0] == "sent"


async def test_what_is_put_off_is_tried_again_and_is_the_same_mail(
    world: World, office: PostOffice
) -> None:
    mail_id = await _only_receipt(world, await _customer(world))
    # given a server that is busy, first at the address and then with the contents
    office.recipient_reply = "450 4.2.0 greylisted"
    await deliver_all(world, office.post())
    state, reason, tries = await _stands(world, mail_id)
    assert (state, tries) == ("waiting", 1)
    assert reason is not None
    assert "greylisted" in reason
    office.recipient_reply, office.content_reply = None, "451 4.3.0 later"
    await world.write(SETTLED, "waiting")
    await deliver_all(world, office.post())
    assert (await _stands(world, mail_id))[::2] == ("waiting", 2)
    # when it takes it
    office.content_reply = "250 2.0.0 taken"
    await world.write(SETTLED, "waiting")
    await deliver_all(world, office.post())
    # then it has the same bytes as before
    assert await _stands(world, mail_id) == ("sent", None, 3)
    assert len(office.seen) == 2
    assert office.seen[0] == office.seen[1]


async def test_an_address_that_is_refused_for_good_is_written_to_no_more(
    world: World, office: PostOffice
) -> None:
    customer_id = await _customer(world, "gone@mail.example")
    mail_id = await _only_receipt(world, customer_id)
    office.recipient_reply = "550 5.1.1 <gone@mail.example> no such user"
    await deliver_all(world, office.post())
    state, reason, _ = await _stands(world, mail_id)
    assert (state, reason) == ("bounced", "550 5.1.1 <[address]> no such user")
    # then nobody sends it again, and one that waited is not even tried
    office.recipient_reply = None
    with pytest.raises(MailNotResendable, match="refused the address for good"):
        await resend_mail(world.run, mail_id, actor="kim")
    again = await _waits_again(world, mail_id)
    await deliver_all(world, office.post())
    assert await _stands(world, again) == ("skipped", "blocked", 0)
    # until a person says that the address is mended
    assert await unblock_mails(world.run, customer_id)
    third = await resend_mail(world.run, again, actor="kim")
    # and two of one mail are never on their way at once, by whichever of them it is asked for
    with pytest.raises(MailNotResendable, match="on its way"):
        await resend_mail(world.run, mail_id, actor="kim")
    await deliver_all(world, office.post())
    assert (await _stands(world, third))[0] == "sent"
    kept = await world.rows(
        "SELECT sequence, actor FROM mail WHERE customer_id = %s ORDER BY sequence", customer_id
    )
    assert kept == [(1, "events"), (2, "kim"), (3, "kim")]


async def test_contents_that_are_refused_do_not_block_the_address(
    world: World, office: PostOffice
) -> None:
    customer_id = await _customer(world)
    mail_id = await _only_receipt(world, customer_id)
    office.content_reply = "554 5.7.1 looks like spam"
    await deliver_all(world, office.post())
    assert (await _stands(world, mail_id))[0] == "bounced"
    assert not await unblock_mails(world.run, customer_id)


async def test_a_sender_that_is_refused_is_our_fault_and_waits(
    world: World, office: PostOffice
) -> None:
    mail_id = await _only_receipt(world, await _customer(world))
    office.sender_reply = "550 5.7.1 not allowed to send as this"
    await deliver_all(world, office.post())
    assert (await _stands(world, mail_id))[0] == "waiting"


@pytest.mark.parametrize("how", ["cut", "slow"])
async def test_what_may_have_been_taken_is_unknown_and_never_sent_again_by_itself(
    how: str, world: World, office: PostOffice
) -> None:
    mail_id = await _only_receipt(world, await _customer(world))
    # given a server that has the contents and whose answer does not come
    office.cuts = how == "cut"
    office.waits_seconds = 0.0 if office.cuts else 2.0
    await deliver_all(world, office.post(answer_seconds=0.2))
    # then nobody knows, and it says so
    state, reason, tries = await _stands(world, mail_id)
    assert (state, tries) == ("unknown", 1)
    assert reason is not None
    # and it stays so until a person sends it again, as another mail
    office.cuts, office.waits_seconds = False, 0.0
    await deliver_all(world, office.post())
    assert len(office.seen) == 1
    again = await resend_mail(world.run, mail_id, actor="kim")
    with pytest.raises(MailNotResendable, match="on its way"):
        await resend_mail(world.run, again, actor="kim")
    await deliver_all(world, office.post())
    assert (await _stands(world, again))[0] == "sent"
    assert len(office.seen) == 2


async def test_where_nothing_was_handed_over_mails_wait(world: World, office: PostOffice) -> None:
    mail_id = await _only_receipt(world, await _customer(world))
    # given a server that offers no STARTTLS, and one that is not there
    await deliver_all(world, office.post(tls=Tls.STARTTLS))
    assert (await _stands(world, mail_id))[::2] == ("waiting", 0)
    await world.write(SETTLED, "waiting")
    nowhere = SmtpPost(host="127.0.0.1", port=1, sender=SENDER, tls=Tls.NONE)
    await deliver_all(world, nowhere)
    assert (await _stands(world, mail_id))[::2] == ("waiting", 0)
    assert office.seen == []
    # and days later they are given up
    await world.write("UPDATE mail SET written_at = now() - interval '6 days'")
    await world.write(SETTLED, "waiting")
    await deliver_all(world, office.post())
    assert await _stands(world, mail_id) == ("failed", "too old to be sent", 0)


async def test_a_process_that_dies_between_sending_and_marking_leaves_it_unknown(
    world: World, office: PostOffice
) -> None:
    mail_id = await _only_receipt(world, await _customer(world))
    # given a process that is killed when the server has the contents
    with subprocess.Popen(  # noqa: ASYNC220 - the test waits for nothing else
        [sys.executable, "-m", "tests.mail_sender", world.url, str(office.port)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as sender:  # fmt: skip
        assert sender.stdin is not None
        assert sender.stdout is not None
        assert sender.stdout.readline() == "ready\n"
        office.kills = sender.pid
        sender.stdin.write("go\n")
        sender.stdin.flush()
        assert sender.wait(60) == -9
    assert len(office.seen) == 1
    # then nobody takes the mail until its time is over, and then nobody sends it again
    office.kills = 0
    assert await _stands(world, mail_id) == ("sending", None, 1)
    assert await send_mails(world.run, office.post(), buckets=ALL) == 0
    await world.write(SETTLED, "sending")
    assert await send_mails(world.run, office.post(), buckets=ALL) == 1
    state, reason, _ = await _stands(world, mail_id)
    assert (state, reason) == ("unknown", "the process that sent it stopped before it knew")
    await deliver_all(world, office.post())
    assert len(office.seen) == 1


async def test_two_workers_send_each_mail_once(world: World, office: PostOffice) -> None:
    await deliver_all(world, office.post())
    office.seen.clear()
    for number in range(3):
        await _only_receipt(world, await _customer(world, f"p{number}@mail.example"))
    await asyncio.gather(*(send_mails(world.run, office.post(), buckets=ALL) for _ in range(3)))
    assert len(office.seen) == 3


async def test_an_erased_customer_is_not_sent_again(world: World, office: PostOffice) -> None:
    customer_id = await _customer(world)
    mail_id = await _only_receipt(world, customer_id)
    await deliver_all(world, office.post())
    subscription_id = await world.value(
        "SELECT id FROM subscription WHERE customer_id = %s", customer_id
    )
    await cancel_subscription(world.run, subscription_id, timing=Timing.NOW)
    await number_all(world.run)
    await erase_customer(world.run, customer_id, actor="test", forfeits_credit=True)
    seen = len(office.seen)
    await deliver_all(world, office.post())
    assert len(office.seen) == seen
    with pytest.raises(MailNotResendable, match="erased"):
        await resend_mail(world.run, mail_id, actor="kim")
    with pytest.raises(MailNotFound):
        await resend_mail(world.run, MailId(customer_id), actor="kim")
