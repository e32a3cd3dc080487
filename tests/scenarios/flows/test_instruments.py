"""What a provider tells of a card with its charges is kept from the first one on."""

from tests.flow_world import World

_KNOWN = (
    "SELECT fingerprint_hash, bin, funding, issuer_country, expires_on, nti_initial, nti_last,"
    " first_cit_attempt FROM instrument WHERE payment_method_id = %s"
)


async def test_the_first_charge_by_the_payer_is_kept_and_the_newest_network_id(
    world: World,
) -> None:
    # given a card that nothing is known of
    shopper = await world.shopper()
    assert await world.rows(_KNOWN, shopper.method_id) == [(None,) * 8]
    # when its payer buys
    bought = await world.buy(shopper)
    [first] = await world.rows(_KNOWN, shopper.method_id)
    # then everything the provider told is there, and which charge it was
    assert None not in first
    [attempt] = await world.rows("SELECT id FROM attempt WHERE payment_id = %s", bought.payment_id)
    assert first[5:] == (first[5], first[5], attempt[0])
    # and a renewal, which nobody is present at, tells a new network id and changes nothing else
    await world.advance(world.now.replace(month=2))
    assert len(await world.invoices(bought.subscription_id)) == 2
    [later] = await world.rows(_KNOWN, shopper.method_id)
    assert later[:6] == first[:6]
    assert later[6] != first[6]
    assert later[7] == first[7]


async def test_a_declined_charge_tells_the_card_and_is_no_first_charge(world: World) -> None:
    shopper = await world.shopper(token="tok_decline_do_not_honor")
    bought = await world.buy(shopper)
    assert await world.state(bought.subscription_id) == "expired"
    [known] = await world.rows(_KNOWN, shopper.method_id)
    assert None not in known[:5]
    assert known[5:] == (None, None, None)
