"""Letters: what a mail says, in the reader's language, as HTML, as text and as bytes on the wire.

Owns no table and emits no event. `cases` are the rows that a mail is about and `telling` makes of
them its `facts`, which hold nothing personal; `kinds` says these in sentences, one function a kind
of mail; `render` fills the one template of all of them
and inlines its styles; `message` makes the bytes that a server is given. The same facts give the
same letter in every process. Sentences stand in the code in English; other languages are gettext
catalogues in the folder `catalogs`.
"""
