"""Bodies as they are stored: deflated with a dictionary, since they resemble each other."""

import zlib
from typing import Final

_FORMAT: Final = b"\x01"
_LEVEL: Final = 3
_WINDOW: Final = -13  # 8 KiB, without header and checksum: what seals it proves it
_MEMORY: Final = 5  # the least that costs no size: most of the time goes into setting it up
# Never changed, for stored bodies need it; a better one gets a format of its own. What is common
# stands last.
_DICTIONARY: Final = (
    b'"buyer":{"address":{"city":"","country":"","line1":"","line2":"","postal_code":"","region":"'
    b'"},"business":true,"name":"","tax_ids":[{"check":"format_ok","type":"eu_vat","value":"'
    b'"cause":"change","reason":"canceled","reason":"plan_changed","reason":"uncollectible"'
    b'"settles":"customer_credit","settles":"receivable","credit_note":"cn_","original":{"date":"'
    b'"refund":"ref_","components":[{"name":"","rate_ppm":,"tax":}],"reason":"","name":"VAT"'
    b'"from_notes":,"from_credit":,"discount":,"kind":"fixed","component":"setup","den":'
    b'"treatment":"reverse_charge""treatment":"not_collecting""treatment":"reduced","exponent":0'
    b'"kind":"credit_note","kind":"refund_receipt","kind":"simplified_invoice","reason":"refund"'
    b'{"behavior":"exclusive","cause":"purchase","currency":"USD","due_date":"2026-'
    b'{"behavior":"inclusive","cause":"renewal","currency":"EUR","due_date":"2026-01-01","exponent"'
    b':2,"format":1,"id":"inv_0","issue_date":"2026-01-01","issued_at":"2026-01-01T00:00:00Z","kind'
    b'":"invoice","language":"en-GB","lines":[{"amount":1199,"component":"base","gross":1199,"kind"'
    b':"recurring","net":1008,"no":1,"period":{"end":"2026-02-01","start":"2026-01-01"},"plan":"ind'
    b'ividual_monthly","quantity":1,"rate_ppm":190000,"tax":191,"text":"Individual, monthly","treat'
    b'ment":"standard","unit":{"num":1199}}],"market":"DE","payments":[{"amount":1199,"brand":"visa'
    b'","date":"2026-01-01","last4":"4242","method":"card","reference":"ch_"}],"references":{"origi'
    b'nal":{"date":"2026-01-01","id":"inv_0","number":"NT-2026-000001","seal":""},"payment":"pay_0"'
    b',"subscription":"sub_0"},"salt":"","seller":{"part":""},"series":"","tax_groups":[{"base":100'
    b'8,"rate_ppm":190000,"tax":191,"treatment":"standard"}],"totals":{"gross":1199,"net":1008,"pai'
    b'd":1199,"payable":1199,"tax":191}}'
)


def pack(body: bytes) -> bytes:
    """Deflate a body."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zdict=_DICTIONARY)
    return _FORMAT + deflate.compress(body) + deflate.flush()


def unpack(packed: bytes) -> bytes:
    """Return the body as it was; a format that was never written is a defect."""
    assert packed[:1] == _FORMAT, packed[:1]
    inflate = zlib.decompressobj(_WINDOW, zdict=_DICTIONARY)
    return inflate.decompress(packed[1:]) + inflate.flush()
