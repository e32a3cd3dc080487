"""Documents as programs read them: EN 16931 in UBL 2.1 and in UN/CEFACT CII, and Factur-X.

Owns no table and emits no event. Everything is built from a `documents.snapshot.Document` alone:
`check` holds it against the rules of the standard, `terms` says what it means in the standard's
words, `ubl` and `cii` write those, `facturx` makes a PDF a hybrid, and `validate` holds any file
against the schemas and the published rules. Only the last two need the extra `einvoice`.
"""
