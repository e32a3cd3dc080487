"""Charts: values in, markup out, for pages that load no script and no font of others.

Owns no table and emits no event. A chart is a pure function of names and whole numbers; its marks
are SVG that stretches, its words are HTML that never shrinks, and the same numbers stand behind it
as a table. Nothing here styles an element by itself: `marks.css` gives classes their colours,
light and dark, so that a strict content security policy holds.
"""
