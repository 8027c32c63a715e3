"""Looks: when a post is looked at, and what the models make of it."""
