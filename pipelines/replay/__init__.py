"""Rules over looks that were kept: what would have been asked with other rules."""
