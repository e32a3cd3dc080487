"""Documents as customers keep them: pure renderers from frozen views to bytes.

Owns no table and emits no event. A renderer takes one document, whose texts and amounts are already
decided, and gives the same bytes for the same document in every process and on every machine, so
that it can be rendered again instead of being stored. Templates, texts and fonts are resources of
this package and of the extra `fonts`; nothing is read from the system.

`snapshot` is what a document says, in one canonical form; `render` draws it: `content` says what
stands on the page, `writing`, `parties` and `locales` how its language writes it, `texts` holds the
words, `brand` the seller's colour and logo, `faces`, `cmap` and `glyphs` what fonts can print, and
`pdf` turns a template and its content into PDF/A-3a and PDF/UA-1. `einvoice`
writes and checks what programs read; `archive` and `proving` prove what was kept, `registers` list
it.
"""
