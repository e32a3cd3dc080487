"""The technique of every page: requests and answers, templates, assets, headers, words and links.

Owns no table and emits no event. A page is a Jinja template that is filled with values and escapes
by default; what it says stands in gettext catalogues, amounts and dates follow CLDR. ``assets``
gives stylesheets, scripts and fonts under names that hold their hash; ``policy`` says what a
browser may load. ``wire`` is what stands between the server and whoever answers, the API too. The
package knows neither business nor database.
"""
