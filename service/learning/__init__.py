"""What reviewers said of events, turned into what the monitor knows better the next time."""
