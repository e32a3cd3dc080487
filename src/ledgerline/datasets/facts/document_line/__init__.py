"""Every line of every invoice and credit note that was booked, signed."""
