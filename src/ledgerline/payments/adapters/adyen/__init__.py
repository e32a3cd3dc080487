"""The connector of Adyen: Checkout API v71, cards that are stored there, automatic capture."""
