"""The postbox: pages on which the mails of a sandbox are looked at, ``/mail``.

Owns no table and emits no event. A sandbox sends nothing: what customers would have got is shown
here, each mail as its reader would see it (in a frame that runs nothing and loads nothing), as
text, with its files, and as a file of its own. Outside of a sandbox there are no such pages.
"""
