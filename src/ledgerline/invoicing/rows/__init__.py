"""Row types of the invoicing tables: their fields are columns, in name and order."""
