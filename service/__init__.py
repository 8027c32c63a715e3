"""What people touch: the store, the API, the review page, the command line."""
