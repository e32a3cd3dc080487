"""The Adyen dialect of the simulator, spoken to by Adyen's own library."""
