"""Row types of the payments tables: their fields are columns, in name and order."""
