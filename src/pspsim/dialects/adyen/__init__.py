"""The Adyen dialect: Checkout API v71, standard webhooks, settlement details reports."""
