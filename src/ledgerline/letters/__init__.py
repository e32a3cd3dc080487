"""Letters: what a mail says, in the reader's language, as HTML, as text and as bytes on the wire.

Owns no table and emits no event. `facts` is what was the case, without anything personal; `kinds`
says it in sentences, one function a kind of mail; `render` fills the one template of all of them
and inlines its styles; `message` makes the bytes that a server is given. The same facts give the
same letter in every process. Sentences stand in `kinds` in English; other languages are gettext
catalogues in the folder `catalogs`.
"""
