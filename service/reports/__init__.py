"""Reports: what was found, what reviewers made of it, and how much was seen at all. Pure but for `making`."""
