"""Who may do what: roles, passwords, the throttle, and the way in."""
