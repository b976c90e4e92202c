"""What an instructor types: one module for each command, with `add_arguments` and `main`."""
