"""What an operator runs from a shell: the demo, the database, the doctor, the workers."""
