"""Documents as customers keep them: pure renderers from frozen views to bytes.

Owns no table and emits no event. A renderer takes one view, whose texts and amounts are already
decided, and gives the same bytes for the same view in every process and on every machine, so
that a document can be rendered again instead of being stored. Templates, texts and fonts are
resources of this package; nothing is read from the system.

`receipt` draws the proof of one payment or refund; `pdf` turns a template and its content into
PDF/A-3a and PDF/UA-1; `glyphs` makes any text printable with the fonts at hand; `texts` holds
the words of each language.
"""
