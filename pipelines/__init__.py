"""From looks to events: sources, looks, rules, evidence."""
