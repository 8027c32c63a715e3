"""`conduct bench store`: the store with a great many events in it."""
