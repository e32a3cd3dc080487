"""Report pages: a release of the data sets as files that a browser opens without a server.

Owns no table and emits no event. `questions` says what a question to a data set is, and the modules
that end in `views` hold all of them: a data set without any of its own gets what fits all. `cells`
writes values, `copies` whole tables as CSV and Parquet, `pages` fills templates, and `site` puts it
together. Every number comes of one release.
"""
