"""Store what a customer can be charged with: the provider's token, never a card number."""

from dataclasses import dataclass

from ledgerline.access.model import GlobalKind
from ledgerline.access.rules.global_key import global_key
from ledgerline.base import cards
from ledgerline.base.ids import CustomerId, PaymentMethodId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.flows.claim_global_keys import claim_global_keys_in
from ledgerline.payments import store as payments
from ledgerline.payments.model import PspAccountNotFound
from ledgerline.payments.rows.payments import PaymentMethodRow


@dataclass(frozen=True, slots=True)
class NewPaymentMethod:
    """A token as the provider's own fields gave it, and what may be shown of it."""

    customer_id: CustomerId
    psp_account: str
    psp_token: str
    brand: str
    last4: str


@repeated
async def add_payment_method(run: Run, new: NewPaymentMethod) -> PaymentMethodId:
    """Store a payment method; the same token twice raises ``PaymentMethodKnown``.

    While it is attached its token belongs to this customer: another one's raises
    ``PaymentTokenTaken``. Raises ``CustomerNotFound``, ``PspAccountNotFound`` and
    ``CardNumberRefused``.
    """
    cards.refuse_cards([new.psp_token, new.brand, new.last4])
    bucket = bucket_of(new.customer_id)
    method_id = PaymentMethodId(run.new_id(bucket))
    async with run.transaction() as tx:
        async with tx.pipeline():
            owners = await customers.lock_customers(tx, buckets=[bucket], ids=[new.customer_id])
            accounts = await payments.read_psp_accounts(tx)
        if not owners:
            raise CustomerNotFound("there is no such customer", customer=str(new.customer_id))
        account = next((row for row in accounts if row.code == new.psp_account), None)
        if account is None or account.status != "active":
            raise PspAccountNotFound("no such active account", account=new.psp_account)
        token = global_key(
            GlobalKind.PAYMENT_TOKEN, account.code, new.psp_token, bucket=bucket,
            owner_id=new.customer_id,
        )  # fmt: skip
        await claim_global_keys_in(tx, [token])
        await payments.add_payment_method(
            tx,
            PaymentMethodRow(
                bucket=bucket,
                id=method_id,
                customer_id=new.customer_id,
                psp_account=account.code,
                psp_token=new.psp_token,
                brand=new.brand,
                last4=new.last4,
                created_at=run.now(),
            ),
        )
    return method_id
