"""What public tools make of the API: a fuzzer, and a generator of clients."""
