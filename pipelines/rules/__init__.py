"""The rules: pure. State and an observation in, state and events out; time comes from the data."""
