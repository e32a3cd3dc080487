"""Pricing: what is due for a price, a time, an offer and a place, as exact lines with their tax.

Owns ``tax_rate``. Holds: rates of one market and category do not overlap, because each lasts until
the next begins; the lines of a group sum to its tax, and the groups to the document. All of it is
pure: the preview is the result.
"""
